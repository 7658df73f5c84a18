import { transportSymbol } from '@libp2p/interface';
import type { MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface';
import { webSockets } from '@libp2p/websockets';
import { multiaddr } from '@multiformats/multiaddr';
import type { RelayAddress } from './relay-address.ts';

type WebSocketComponents = Parameters<ReturnType<typeof webSockets>>[0];

/** WebSockets to relays, which begin below a path. */
export interface RelaySockets {
  readonly transport: (components: WebSocketComponents) => Transport;
  /** From now on this address is dialled at its path. */
  know(address: RelayAddress): void;
}

export function createRelaySockets(): RelaySockets {
  /** By the address as libp2p knows it, the one that has the path as well. */
  const dialled = new Map<string, string>();
  return {
    know({ multiaddr: address, path }) {
      if (path === null) return;
      const at = address.lastIndexOf('/p2p/');
      const withPath = `${address.slice(0, at)}/http-path/${encodeURIComponent(path.slice(1))}${address.slice(at)}`;
      dialled.set(address, withPath);
    },
    transport(components) {
      const sockets = webSockets()(components);
      return {
        [transportSymbol]: true,
        [Symbol.toStringTag]: '@libp2p/websockets',
        createListener: (options) => sockets.createListener(options),
        listenFilter: (addresses) => sockets.listenFilter(addresses),
        dialFilter: (addresses) => sockets.dialFilter(addresses),
        dial(address, options) {
          const withPath = dialled.get(address.toString());
          if (withPath === undefined) return sockets.dial(address, options);
          return sockets.dial(multiaddr(withPath), { ...options, upgrader: naming(address, options.upgrader) });
        },
      };
    },
  };
}

/** Whatever the connection was dialled by, it is known by the address that libp2p can match. */
function naming(address: MultiaddrConnection['remoteAddr'], upgrader: Upgrader): Upgrader {
  const upgradeOutbound: Upgrader['upgradeOutbound'] = (connection: MultiaddrConnection, ...rest: [never]) => {
    connection.remoteAddr = address;
    return upgrader.upgradeOutbound(connection, ...rest);
  };
  return {
    upgradeOutbound,
    upgradeInbound: (...call) => upgrader.upgradeInbound(...call),
    createInboundAbortSignal: (...call) => upgrader.createInboundAbortSignal(...call),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
  };
}
