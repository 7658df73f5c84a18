import type { RunningMeshHost } from '../../mesh/host/create-mesh-host.ts';
import { createMeshHost } from '../../mesh/host/create-mesh-host.ts';
import { guardPageIce } from '../../mesh/host/ice-guard.ts';
import { watchPage } from '../../mesh/host/page-lifecycle.ts';
import { createInferClient } from '../../mesh/infer/client.ts';
import { serveInfer } from '../../mesh/infer/server.ts';
import type { RelayClient } from '../../mesh/relay-client/relay-client.ts';
import { createWorkerTicker } from '../../mesh/talk/worker-ticker.ts';
import { fetchTokenizerKit } from '../../mesh/tokenizer/client.ts';
import { serveTokenizer } from '../../mesh/tokenizer/server.ts';
import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import type { Address } from '../../protocol/ids.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { createMeshConsumer } from '../consumer/mesh/mesh-consumer.ts';
import type { MeshConsumer } from '../consumer/mesh/mesh-consumer.ts';
import type { EncodePrompt } from '../consumer/mesh/write-offer.ts';
import { createProvider } from '../provider/provider.ts';
import type { Provider } from '../provider/provider.ts';
import type { ReceiptBook } from '../provider/sign-receipt.ts';
import type { EngineTurns } from '../tabs/engine-turns.ts';

export interface MeshNodeInit {
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** Where offers and receipts count. */
  readonly domain: SigningDomain;
  readonly software: string;
}

export interface MeshNodeDeps {
  /** Of the same key. */
  readonly signer: NodeSigner;
  readonly turns: EngineTurns;
  readonly encodePrompt: EncodePrompt;
  readonly receipts: ReceiptBook;
  /** What the provider does has changed. */
  readonly onActivity: () => void;
  readonly relayClient: (url: string, known: Address | null) => RelayClient;
  readonly nowMs: () => number;
}

/** This page as a node: it asks others, and does for others what {@link Provider} is told to serve. */
export interface MeshNode {
  readonly host: RunningMeshHost;
  readonly consumer: MeshConsumer;
  readonly provider: Provider;
  stop(): Promise<void>;
}

export type OpenMeshNode = (init: MeshNodeInit, deps: MeshNodeDeps) => Promise<MeshNode>;

const SALT_BYTES = 32;

export const openMeshNode: OpenMeshNode = async ({ privateKey, domain, software }, deps) => {
  const { signer, nowMs } = deps;
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const host = await createMeshHost(
    { privateKey, software, webRtc: 'RTCPeerConnection' in globalThis },
    {
      signer,
      door: ({ url, known }) => deps.relayClient(url, known),
      guardIce: guardPageIce,
      watchLifecycle: watchPage,
      nowMs,
      random: Math.random,
    },
  );
  // Peers hear this node's beat also while nobody looks at the page.
  const beat = createWorkerTicker();
  const { ticker } = beat;
  const provider = createProvider(
    { domain },
    {
      engine: deps.turns.guests,
      isHeldUp: deps.turns.isHeldUp,
      signer,
      receipts: deps.receipts,
      onActivity: deps.onActivity,
      nowMs,
    },
  );
  await serveInfer({ host, provider, domain, ticker, nowS: () => nowMs() / 1000 });
  await serveTokenizer({ host, ticker, kitOf: (manifest) => provider.tokenizerKit(manifest) });
  const consumer = createMeshConsumer(
    { domain, salt: randomBytes(SALT_BYTES) },
    {
      signer,
      infer: createInferClient({ host, domain, ticker }),
      fetchKit: (peerId, manifest) => fetchTokenizerKit({ host, peerId, manifest, ticker }),
      encodePrompt: deps.encodePrompt,
      connect: (peerId, signal) => host.connect(peerId, { signal }),
      nodes: () => host.state.nodes,
      onNodes: (listener) => host.subscribe(listener),
      nowMs,
      randomBytes,
    },
  );
  return {
    host,
    consumer,
    provider,
    async stop() {
      await provider.drain(0);
      await host.stop();
      beat.stop();
    },
  };
};
