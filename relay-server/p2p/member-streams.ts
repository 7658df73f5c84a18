import type { Libp2p, PeerId } from '@libp2p/interface';
import type { MeshStream, OpenStreamOptions } from '../../src/mesh/host/mesh-host.ts';
import { createMeshStream } from '../../src/mesh/streams/create-mesh-stream.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { MAX_STREAMS_TO_MEMBER, OPEN_STREAM_MS } from './constants.ts';

export interface MemberStreamsDeps {
  readonly libp2p: Libp2p;
  /** Null for who is no member, or is banned. */
  readonly memberOf: (peer: PeerId) => Address | null;
  readonly report: (peer: PeerId) => void;
}

/** What the relay itself asks of its members, on the connections that they have opened. */
export interface MemberStreams {
  /** Milliseconds there and back; null where a member is not connected, or where it was not measured. */
  roundTripMs(peerId: string): number | null;
  /** Throws mesh/peer-lost. */
  openStream(peerId: string, protocol: string, options?: OpenStreamOptions): Promise<MeshStream>;
  report(peerId: string): void;
}

export function createMemberStreams({ libp2p, memberOf, report }: MemberStreamsDeps): MemberStreams {
  const connectionTo = (peerId: string) =>
    libp2p.getConnections().find(({ remotePeer, status }) => status === 'open' && remotePeer.toString() === peerId);
  return {
    roundTripMs: (peerId) => connectionTo(peerId)?.rtt ?? null,
    async openStream(peerId, protocol, options = {}) {
      const connection = connectionTo(peerId);
      const address = connection === undefined ? null : memberOf(connection.remotePeer);
      if (connection === undefined || address === null) throw peerLost();
      const deadline = AbortSignal.timeout(OPEN_STREAM_MS);
      const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
      try {
        const stream = await connection.newStream(protocol, { signal, maxOutboundStreams: MAX_STREAMS_TO_MEMBER });
        return createMeshStream(stream, {
          peer: { peerId, address },
          path: 'relay',
          maxMessageBytes: options.maxMessageBytes,
          onOffence: () => report(connection.remotePeer),
        });
      } catch (error) {
        options.signal?.throwIfAborted();
        throw peerLost(error);
      }
    },
    report(peerId) {
      const connection = connectionTo(peerId);
      if (connection !== undefined) report(connection.remotePeer);
    },
  };
}

function peerLost(cause?: unknown): WeftError {
  return new WeftError('mesh/peer-lost', 'The member does not answer.', {
    hints: ['Try again; another member may take over.'],
    retryable: true,
    cause,
  });
}
