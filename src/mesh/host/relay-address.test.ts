import { describe, expect, it } from 'vitest';
import { createGate } from './gate.ts';
import { multiaddr } from '@multiformats/multiaddr';
import { relayAddressOf } from './relay-address.ts';

const peerId = '16Uiu2HAm3NPGRyvkXhQvJ3wNoQnPHTwFtSPSK2SCmTGf6UwwrpAr';
const other = '16Uiu2HAkvNMHhcgTCjad8jZT2RDdfgGoDY7WT2Jk8vJQmi1r7ihc';

describe('where a relay is dialled', () => {
  it.each([
    ['https://relay.example.org', '/dns4/relay.example.org/tcp/443/tls/ws'],
    ['https://relay.example.org:8443', '/dns4/relay.example.org/tcp/8443/tls/ws'],
    ['http://localhost:8080', '/dns4/localhost/tcp/8080/ws'],
    ['http://127.0.0.1', '/ip4/127.0.0.1/tcp/80/ws'],
    ['http://[::1]:8080', '/ip6/::1/tcp/8080/ws'],
  ])('is, for %s, its own origin at the path of libp2p', (url, address) => {
    expect(relayAddressOf(url, { multiaddrs: [], peerId })).toEqual({
      multiaddr: `${address}/p2p/${peerId}`,
      path: '/p2p',
    });
  });

  it('is what it says itself, of the host that the person named', () => {
    const multiaddrs = ['/dns4/other.example.org/tcp/1/ws', '/dns4/relay.example.org/tcp/9000/tls/ws'];
    expect(relayAddressOf('https://relay.example.org', { multiaddrs, peerId })).toEqual({
      multiaddr: `/dns4/relay.example.org/tcp/9000/tls/ws/p2p/${peerId}`,
      path: null,
    });
  });

  it.each([
    '/dns4/other.example.org/tcp/443/tls/ws',
    '/dnsaddr/relay.example.org',
    '/dns4/relay.example.org/udp/9/quic-v1',
    '/dns4/relay.example.org/tcp/443/tls/ws/p2p-circuit',
    'nonsense',
  ])('is never %s', (text) => {
    const { path } = relayAddressOf('https://relay.example.org', { multiaddrs: [text], peerId });
    expect(path).toBe('/p2p');
  });
});

describe('the gate', () => {
  const relay = `/dns4/relay.example.org/tcp/443/tls/ws/p2p/${peerId}`;
  const gate = createGate({
    relayMultiaddrs: () => [relay],
    isRelay: (id) => id === peerId,
    isBanned: () => false,
  });

  it.each([
    ['a joined relay', relay, false],
    ['a member through it', `${relay}/p2p-circuit/p2p/${other}`, false],
    ['a member through it, directly in the end', `${relay}/p2p-circuit/webrtc/p2p/${other}`, false],
    ['the relay’s host at another port', `/dns4/relay.example.org/tcp/444/tls/ws/p2p/${peerId}`, true],
    ['another key at the relay’s address', `/dns4/relay.example.org/tcp/443/tls/ws/p2p/${other}`, true],
    ['a host that nobody named', `/ip4/192.0.2.1/tcp/443/tls/ws/p2p/${other}`, true],
    ['a host through the relay', `${relay}/p2p-circuit/ip4/192.0.2.1/tcp/1/ws/p2p/${other}`, true],
    ['a name that public servers would be asked about', `/dnsaddr/example.org/p2p/${other}`, true],
  ])('for %s', async (_, address, isDenied) => {
    expect(await gate.denyDialMultiaddr?.(multiaddr(address))).toBe(isDenied);
  });
});
