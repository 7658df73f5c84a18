import { secp256k1 } from '@noble/curves/secp256k1.js';
import { readGuideFiles } from '../../src/engine/session/guide-files.node.fixture.ts';
import { startModelServer } from '../../src/engine/session/model-server.node.fixture.ts';
import { readTokenizerKit } from '../../src/engine/session/read-tokenizer-kit.ts';
import { createMeshHost } from '../../src/mesh/host/create-mesh-host.ts';
import { peerIdOfKey } from '../../src/mesh/host/peer-address.ts';
import type { RelayDoor } from '../../src/mesh/host/supervise-relay.ts';
import { createCountingProvider, DOMAIN } from '../../src/mesh/infer/jobs.fixture.ts';
import type { InferProvider } from '../../src/mesh/infer/infer.ts';
import type { CountingProvider } from '../../src/mesh/infer/jobs.fixture.ts';
import { serveInfer } from '../../src/mesh/infer/server.ts';
import { serveTokenizer } from '../../src/mesh/tokenizer/server.ts';
import { cardModel } from '../../src/node/mesh/known-node.fixture.ts';
import { addressOf } from '../../src/protocol/eip712/address-of.ts';
import { signDigest } from '../../src/protocol/eip712/signature.ts';
import type { Address } from '../../src/protocol/ids.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import { manifestOfDigests } from '../../src/protocol/model-manifest/model-manifest.ts';
import { createRelayP2p } from '../p2p/create-relay-p2p.ts';
import type { RelayP2p } from '../p2p/create-relay-p2p.ts';
import { createTestAdmission } from '../p2p/relay-client.fixture.ts';

/** Within what a member gives at most, and far beyond what is ever sent ahead. */
const MANY = 2_000;

export interface ServedMesh {
  readonly p2p: RelayP2p;
  readonly relay: NodeSigner;
  readonly url: string;
  /** What an account meets at the relay's door: it is let in. */
  door(account: Address): RelayDoor;
  /** A member that serves; its answers are numbers, `length` of them, or many where the question is `long`. */
  openMember(length: number): Promise<ServingMember>;
  stop(): Promise<void>;
}

export interface ServingMember {
  /** What became of the long answers. */
  readonly long: CountingProvider;
  stop(): Promise<void>;
}

export function testKey() {
  const privateKey = secp256k1.utils.randomSecretKey();
  const signer: NodeSigner = {
    address: addressOf(secp256k1.getPublicKey(privateKey)),
    sign: (digest) => signDigest(digest, privateKey),
  };
  return { privateKey, signer };
}

/** The guide's tokenizer and template, as a node that serves it gives them. */
export async function readGuideKit() {
  const files = await readGuideFiles();
  const models = await startModelServer(files);
  const ref = { id: 'guide', baseUrl: models.baseUrl, libraryUrl: null, runtime: 'auto', contextLimit: null } as const;
  const kit = await readTokenizerKit({ ref, signal: undefined }, { fetch: (url, init) => fetch(url, init) });
  await models.stop();
  return { kit, manifest: manifestOfDigests(kit.digests) };
}

/** The relay's real libp2p node; members with the guide's real tokenizer and no weights. */
export async function startServedMesh(): Promise<ServedMesh> {
  const { kit, manifest } = await readGuideKit();
  const admission = createTestAdmission();
  const own = testKey();
  const p2p = await createRelayP2p({ privateKey: own.privateKey, version: 'test' }, { admission, nowMs: Date.now });
  const url = `http://127.0.0.1:${p2p.port}`;
  const door = (account: Address): RelayDoor => ({
    look: () =>
      Promise.resolve({
        version: 1,
        name: 'Test',
        address: own.signer.address,
        peerId: peerIdOfKey(own.privateKey),
        multiaddrs: [`/ip4/127.0.0.1/tcp/${p2p.port}/ws`],
        admission: 'open',
        chain: null,
        software: 'test',
        about: null,
        issuedAt: Math.floor(Date.now() / 1_000),
      }),
    session() {
      admission.admit(account);
      return Promise.resolve({
        role: 'member',
        expiresAt: Math.floor(Date.now() / 1_000) + 600,
        iceServers: [],
      });
    },
  });

  return {
    p2p,
    relay: own.signer,
    url,
    door,
    async openMember(length) {
      const { privateKey, signer } = testKey();
      const short = createCountingProvider(signer, length);
      const long = createCountingProvider(signer, MANY);
      const provider: InferProvider = {
        ...short,
        answer: (job, signal) => (job.request.turns.at(-1)?.content === 'long' ? long : short).answer(job, signal),
      };
      const host = await createMeshHost(
        { privateKey, software: 'test', webRtc: false },
        {
          signer,
          door: () => door(signer.address),
          guardIce: () => () => undefined,
          watchLifecycle: () => () => undefined,
          nowMs: Date.now,
          random: Math.random,
        },
      );
      await serveInfer({ host, provider, domain: DOMAIN, nowS: () => Date.now() / 1_000 });
      await serveTokenizer({ host, kitOf: (wanted) => Promise.resolve(wanted === manifest ? kit : null) });
      host.join({ url, known: null, invite: null });
      host.setCard({
        roles: ['provider'],
        models: [
          cardModel({ id: 'weft-guide', manifest, tools: false }),
          cardModel({ id: 'arrows', manifest, kind: 'embedding' }),
        ],
        load: { running: 0, waiting: 0, limit: 8 },
        isAccepting: true,
      });
      return { long, stop: () => host.stop() };
    },
    stop: () => p2p.stop(),
  };
}
