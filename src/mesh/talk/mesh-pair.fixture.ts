import { addressOf } from '../../protocol/eip712/address-of.ts';
import { signDigest } from '../../protocol/eip712/signature.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { MeshHost, MeshStream, Offence, Peer } from '../host/mesh-host.ts';

/** Messages that may be under way in one direction before a sender waits. */
const WINDOW = 8;

export interface TestSigner extends NodeSigner {
  readonly peer: Peer;
}

/** A key that is the same in every run. */
export function testSigner(number: number): TestSigner {
  const key = new Uint8Array(32).fill(number);
  const address = addressOf(secp256k1.getPublicKey(key, false));
  return { address, peer: { peerId: `peer-${number}`, address }, sign: (digest) => signDigest(digest, key) };
}

/** One direction of a stream: bounded, and read by one. */
function createPipe() {
  const messages: Uint8Array[] = [];
  let ending: 'open' | 'closed' | 'broken' = 'open';
  let changed = Promise.withResolvers<undefined>();
  const tell = () => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  };
  const lost = () => new WeftError('mesh/peer-lost', 'The stream broke off.', { retryable: true });
  return {
    async write(message: Uint8Array) {
      await Promise.resolve();
      if (ending !== 'open') throw lost();
      messages.push(Uint8Array.from(message));
      tell();
      while (messages.length > WINDOW) {
        await changed.promise;
        if ((ending as string) === 'broken') throw lost();
      }
    },
    end(how: 'closed' | 'broken') {
      if (ending === 'broken' || (ending === 'closed' && how === 'closed')) return;
      if (how === 'broken') messages.length = 0;
      ending = how;
      tell();
    },
    async *read(): AsyncGenerator<Uint8Array, void, undefined> {
      for (;;) {
        const first = messages.shift();
        if (first !== undefined) {
          tell();
          yield first;
        } else if (ending === 'broken') throw lost();
        else if (ending === 'closed') return;
        else await changed.promise;
      }
    },
  };
}

/** The two ends of one stream; the first is `opener`'s. Behaves as the mesh's own: asynchronous, bounded, half-closed. */
function streamPair(opener: Peer, handler: Peer): readonly [MeshStream, MeshStream] {
  const [there, back] = [createPipe(), createPipe()];
  const over = new AbortController();
  const abort = () => {
    there.end('broken');
    back.end('broken');
    over.abort();
  };
  const end = (peer: Peer, out: typeof there, into: typeof there): MeshStream => ({
    peer,
    path: 'direct',
    send: (message) => out.write(message),
    messages: { [Symbol.asyncIterator]: () => into.read() },
    close() {
      out.end('closed');
      return Promise.resolve();
    },
    abort,
    signal: over.signal,
  });
  return [end(handler, there, back), end(opener, back, there)];
}

type Handler = (stream: MeshStream) => Promise<void>;

/** A host of which the network is only who it was given. */
export interface TestHost extends Pick<MeshHost, 'self' | 'openStream' | 'handle' | 'report' | 'praise'> {
  readonly handlers: Map<string, Handler>;
  readonly reports: { readonly peerId: string; readonly offence: Offence }[];
  readonly praised: string[];
}

/** `peers`: who can be reached, looked at anew each time. */
export function createTestHost(self: Peer, peers: () => readonly TestHost[]): TestHost {
  const handlers = new Map<string, Handler>();
  const reports: { peerId: string; offence: Offence }[] = [];
  const praised: string[] = [];
  return {
    self,
    handlers,
    reports,
    praised,
    async openStream(peerId, protocol, options) {
      await Promise.resolve();
      options?.signal?.throwIfAborted();
      const handler = peers()
        .find((host) => host.self.peerId === peerId)
        ?.handlers.get(protocol);
      const to = peers().find((host) => host.self.peerId === peerId);
      if (handler === undefined || to === undefined) {
        throw new WeftError('mesh/dial-failed', 'Nobody is there.');
      }
      const [own, theirs] = streamPair(self, to.self);
      handler(theirs).catch(() => theirs.abort());
      return own;
    },
    handle(protocol, handler) {
      handlers.set(protocol, handler);
      return Promise.resolve();
    },
    report: (peerId, offence) => void reports.push({ peerId, offence }),
    praise: (peerId) => void praised.push(peerId),
  };
}
