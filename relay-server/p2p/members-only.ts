import type { GossipSubComponents } from '@libp2p/gossipsub';
import type { Connection } from '@libp2p/interface';

/** Where libp2p's services say which protocols they serve, and hear of who serves them. */
type Registrar = GossipSubComponents['registrar'];

/**
 * A registrar that shows a service members only: whoever is none is not served and not told of, and one that becomes a
 * member while connected is shown then. Without it gossip would send cards to anybody who connects.
 */
export function membersOnly(
  registrar: Registrar,
  whenAdmitted: (connection: Connection) => Promise<boolean>,
): Registrar {
  return withOverrides(registrar, {
    handle: (protocol, handler, options) =>
      registrar.handle(
        protocol,
        async (stream, connection) => {
          if (await whenAdmitted(connection)) await handler(stream, connection);
          else stream.abort(new Error('This relay serves its members.'));
        },
        options,
      ),
    register: (protocol, topology) =>
      registrar.register(protocol, {
        ...topology,
        onConnect: async (peerId, connection) => {
          if (await whenAdmitted(connection)) await topology.onConnect?.(peerId, connection);
        },
      }),
  });
}

/** A length, then a HopMessage of circuit-relay-v2: type STATUS, status PERMISSION_DENIED (202). */
const PERMISSION_DENIED = Uint8Array.of(5, 0x08, 2, 0x28, 0xca, 0x01);
const CLOSE_MS = 5_000;

/**
 * A registrar through which a service answers members, and denies all others before it has read what they want. The
 * relay's own answers would tell a stranger which nodes have a place here.
 */
export function deniesStrangers(registrar: Registrar, isAdmitted: (connection: Connection) => boolean): Registrar {
  return withOverrides(registrar, {
    handle: (protocol, handler, options) =>
      registrar.handle(
        protocol,
        async (stream, connection) => {
          if (isAdmitted(connection)) return handler(stream, connection);
          try {
            stream.send(PERMISSION_DENIED);
            await stream.close({ signal: AbortSignal.timeout(CLOSE_MS) });
          } catch (error) {
            stream.abort(error instanceof Error ? error : new Error('It was closed.'));
          }
        },
        options,
      ),
  });
}

function withOverrides(registrar: Registrar, overrides: Partial<Registrar>): Registrar {
  return {
    getProtocols: () => registrar.getProtocols(),
    getHandler: (protocol) => registrar.getHandler(protocol),
    handle: (...call) => registrar.handle(...call),
    unhandle: (...call) => registrar.unhandle(...call),
    use: (...call) => registrar.use(...call),
    unuse: (protocol) => registrar.unuse(protocol),
    getMiddleware: (protocol) => registrar.getMiddleware(protocol),
    register: (...call) => registrar.register(...call),
    unregister: (id) => registrar.unregister(id),
    getTopologies: (protocol) => registrar.getTopologies(protocol),
    ...overrides,
  };
}
