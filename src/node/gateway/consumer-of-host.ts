import type { KnownNode, MeshHost } from '../../mesh/host/mesh-host.ts';
import { createInferClient } from '../../mesh/infer/client.ts';
import { fetchTokenizerKit } from '../../mesh/tokenizer/client.ts';
import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { createMeshConsumer } from '../consumer/mesh/mesh-consumer.ts';
import type { MeshConsumer } from '../consumer/mesh/mesh-consumer.ts';
import type { EncodePrompt } from '../consumer/mesh/write-offer.ts';

/** What a gateway needs of a node on the mesh. */
export interface GatewayHost extends Pick<MeshHost, 'openStream' | 'report' | 'praise'> {
  readonly nodes: () => readonly KnownNode[];
  /** Told when nodes come and go. Returns the way out. */
  readonly onNodes: (listener: () => void) => () => void;
}

export interface ConsumerOfHostInit {
  readonly host: GatewayHost;
  /** Of the host's key. */
  readonly signer: NodeSigner;
  readonly domain: SigningDomain;
  readonly encodePrompt: EncodePrompt;
}

const SALT_BYTES = 32;

/** Asks the mesh for somebody else's programs, without a model or a GPU of its own. */
export function consumerOfHost({ host, signer, domain, encodePrompt }: ConsumerOfHostInit): MeshConsumer {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  return createMeshConsumer(
    { domain, salt: randomBytes(SALT_BYTES) },
    {
      signer,
      infer: createInferClient({ host, domain }),
      fetchKit: (peerId, manifest) => fetchTokenizerKit({ host, peerId, manifest }),
      encodePrompt,
      // Streams of this host go over the connections that there are.
      connect: (peerId) => Promise.resolve(host.nodes().find(({ peer }) => peer.peerId === peerId)?.path ?? 'relayed'),
      nodes: host.nodes,
      onNodes: host.onNodes,
      nowMs: Date.now,
      randomBytes,
    },
  );
}
