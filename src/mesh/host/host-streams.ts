import type { Connection, Stream } from '@libp2p/interface';
import { WeftError } from '../../protocol/errors.ts';
import { createMeshStream } from '../streams/create-mesh-stream.ts';
import { MAX_STREAMS_PER_PEER, OPEN_STREAM_MS } from './constants.ts';
import type { MeshLibp2p } from './create-libp2p.ts';
import type { MeshHost, MeshStream, Offence, OpenStreamOptions } from './mesh-host.ts';
import { addressOfPeer } from './peer-address.ts';
import type { Reach } from './reach.ts';
import type { Scores } from './scores.ts';

/** Streams to and from peers, each within what its peer is allowed. */
export interface HostStreams {
  /** Throws mesh/peer-lost. */
  open(connection: Connection, protocol: string, options: OpenStreamOptions): Promise<MeshStream>;
  readonly handle: MeshHost['handle'];
}

export interface HostStreamsDeps {
  readonly libp2p: MeshLibp2p;
  readonly reach: Reach;
  readonly scores: Scores;
  readonly report: (peerId: string, offence: Offence) => void;
}

export function createHostStreams({ libp2p, reach, scores, report }: HostStreamsDeps): HostStreams {
  const wrap = (stream: Stream, connection: Connection, maxMessageBytes: number | undefined): MeshStream => {
    const peerId = connection.remotePeer.toString();
    return createMeshStream(stream, {
      peer: { peerId, address: addressOfPeer(peerId) },
      path: reach.pathOf(connection),
      maxMessageBytes,
      onMessage() {
        if (scores.take(peerId, 'messages')) return;
        throw new WeftError('auth/rate-limited', 'A node sends messages faster than anybody reads them.');
      },
      onOffence: (offence) => report(peerId, offence),
    });
  };

  return {
    async open(connection, protocol, options) {
      const deadline = AbortSignal.timeout(OPEN_STREAM_MS);
      const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
      try {
        const stream = await connection.newStream(protocol, {
          signal,
          runOnLimitedConnection: true,
          maxOutboundStreams: MAX_STREAMS_PER_PEER,
        });
        return wrap(stream, connection, options.maxMessageBytes);
      } catch (error) {
        options.signal?.throwIfAborted();
        throw new WeftError('mesh/peer-lost', 'The other node does not answer.', {
          hints: ['Try again; another node may take over.'],
          cause: error,
          retryable: true,
        });
      }
    },
    async handle(protocol, handler, { maxMessageBytes } = {}) {
      await libp2p.handle(
        protocol,
        (stream, connection) => {
          const peerId = connection.remotePeer.toString();
          if (scores.isBanned(peerId)) {
            stream.abort(new Error('Not listened to.'));
            return;
          }
          if (!scores.take(peerId, 'streams')) {
            report(peerId, 'flood');
            stream.abort(new Error('Too many streams.'));
            return;
          }
          let mesh: MeshStream;
          try {
            mesh = wrap(stream, connection, maxMessageBytes);
          } catch (error) {
            // Of another kind of key: no account, so nobody that counts.
            stream.abort(WeftError.from(error));
            return;
          }
          handler(mesh).catch(() => mesh.abort());
        },
        { runOnLimitedConnection: true, maxInboundStreams: MAX_STREAMS_PER_PEER },
      );
    },
  };
}
