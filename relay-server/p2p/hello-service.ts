import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { decodeHello, encodeCards, MAX_HELLO_CARDS } from '../../src/mesh/hello/hello.ts';
import { createMeshStream } from '../../src/mesh/streams/create-mesh-stream.ts';
import type { Address } from '../../src/protocol/ids.ts';
import type { CardDesk } from './card-desk.ts';
import type { CardDirectory } from './card-directory.ts';
import { CARD_WINDOW_S, HELLO_MS, HELLOS_PER_WINDOW } from './constants.ts';

export interface HelloServiceDeps {
  /** Null for who is no member. */
  readonly memberOf: (connection: Connection) => Address | null;
  readonly desk: CardDesk;
  readonly directory: CardDirectory;
  readonly report: (peer: PeerId) => void;
}

/** The relay's side of `/weft/hello/1`: takes a member's card and gives those of the others; strangers get nothing. */
export function createHelloService(deps: HelloServiceDeps): (stream: Stream, connection: Connection) => Promise<void> {
  const perNode = new RateLimiterMemory({ points: HELLOS_PER_WINDOW, duration: CARD_WINDOW_S });
  return async (stream, connection) => {
    const address = deps.memberOf(connection);
    if (address === null) {
      stream.abort(new Error('This relay serves its members.'));
      return;
    }
    const peerId = connection.remotePeer.toString();
    const report = () => deps.report(connection.remotePeer);
    const mesh = createMeshStream(stream, { peer: { peerId, address }, path: 'direct', onOffence: report });
    const deadline = setTimeout(() => mesh.abort(), HELLO_MS);
    try {
      // Throws where there were too many.
      await perNode.consume(peerId);
      for await (const bytes of mesh.messages) {
        const message = decodeHello(bytes);
        if (message.t === 'cards') throw new Error('A relay is not sent cards of others.');
        if (message.t === 'bye') deps.directory.delete(address);
        else {
          if (message.card !== null && (await deps.desk.receive(message.card, peerId, peerId)) === 'reject') report();
          for (const cards of encodeCards(deps.directory.sealedFor(address, MAX_HELLO_CARDS))) await mesh.send(cards);
        }
        // One greeting for each stream.
        break;
      }
      await mesh.close();
    } catch {
      // It broke off, it was no greeting, or one too many; what is wrong with its frames is reported already.
      if (!mesh.signal.aborted) report();
      mesh.abort();
    } finally {
      clearTimeout(deadline);
    }
  };
}
