import { multiaddr } from '@multiformats/multiaddr';
import { P2P_PATH } from '../../protocol/mesh/constants.ts';
import type { RelayInfo } from '../../protocol/mesh/relay-info.ts';

/** Where a relay's libp2p is dialled. */
export interface RelayAddress {
  /** With the relay's peer id at the end. libp2p's matchers know no path of a WebSocket, so there is none in it. */
  readonly multiaddr: string;
  /** Of the WebSocket, `/p2p`; null: none. */
  readonly path: string | null;
}

/** Only hosts that the person named: what a relay says of other hosts is not dialled. */
export function relayAddressOf(
  url: string,
  { multiaddrs, peerId }: Pick<RelayInfo, 'multiaddrs' | 'peerId'>,
): RelayAddress {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const own = multiaddrs.find((text) => isWebSocketOf(text, host));
  if (own !== undefined) return { multiaddr: `${own}/p2p/${peerId}`, path: null };
  const isSecure = protocol === 'https:';
  const name = hostname.startsWith('[') ? 'ip6' : /^\d+\.\d+\.\d+\.\d+$/.test(host) ? 'ip4' : 'dns4';
  const portOf = port === '' ? (isSecure ? '443' : '80') : port;
  return {
    multiaddr: `/${name}/${host}/tcp/${portOf}${isSecure ? '/tls' : ''}/ws/p2p/${peerId}`,
    path: P2P_PATH,
  };
}

function isWebSocketOf(text: string, host: string): boolean {
  try {
    const [first, ...rest] = multiaddr(text).getComponents();
    const names = rest.map(({ name }) => name).join('/');
    return (
      first !== undefined &&
      /^(?:dns[46]?|ip[46])$/.test(first.name) &&
      first.value === host &&
      /^tcp\/(?:ws|wss|tls\/ws)$/.test(names)
    );
  } catch {
    // Not an address of this version: the usual place is tried.
    return false;
  }
}
