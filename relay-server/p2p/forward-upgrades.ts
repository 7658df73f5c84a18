import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { P2P_PATH } from '../../src/protocol/mesh/constants.ts';
import { isOriginOf, ownNames } from '../chain/guard-origin.ts';
import { visitorOf } from '../visitor-address.ts';
import type { VisitorAddressInit } from '../visitor-address.ts';

export interface ForwardUpgradesInit extends VisitorAddressInit {
  /** Names under which the server is reached, besides this computer's and addresses. */
  readonly hosts: readonly string[];
  /** Origins of pages of other relays that may connect. */
  readonly origins: readonly string[];
  /** Other limits than the usual ones (tests). */
  readonly limits?: Partial<UpgradeLimits>;
}

interface UpgradeLimits {
  /** WebSockets of one address, behind which there may be an office, and of all together. */
  readonly perAddress: number;
  readonly inAll: number;
  /** New ones of one address within ten seconds. */
  readonly perTenSeconds: number;
  /** How long libp2p may take to answer a handshake. */
  readonly handshakeMs: number;
  /** A WebSocket on which nothing moves for this long is ended; libp2p asks every ten seconds whether its peer is there. */
  readonly idleMs: number;
}

const LIMITS: UpgradeLimits = {
  perAddress: 64,
  inAll: 1_024,
  perTenSeconds: 100,
  handshakeMs: 10_000,
  idleMs: 120_000,
};

export interface ForwardUpgradesDeps {
  /** Where libp2p listens on loopback; null while it does not. */
  readonly port: () => number | null;
}

/** Brings WebSockets of {@link P2P_PATH} from the server's one port to libp2p. */
export interface ForwardUpgrades {
  /** For the server's `upgrade` event. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Open now. */
  readonly count: number;
  /** Since the start. */
  readonly refused: number;
  /** Ends all of them. */
  stop(): void;
}

/** What a WebSocket's handshake needs; no other header is libp2p's business. */
const HANDSHAKE_HEADERS = ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol'];

export function createForwardUpgrades(init: ForwardUpgradesInit, deps: ForwardUpgradesDeps): ForwardUpgrades {
  const limits = { ...LIMITS, ...init.limits };
  const isOwn = ownNames(init.hosts);
  const allowed = new Set(init.origins);
  const perAddress = new Map<string, number>();
  const open = new Set<Duplex>();
  const rate = new RateLimiterMemory({ points: limits.perTenSeconds, duration: 10 });
  let refused = 0;

  /** The status to refuse with, and the sentence; null: welcome. */
  const refusalOf = async (request: IncomingMessage, visitor: string): Promise<[number, string] | null> => {
    const path = request.url?.split('?', 1)[0];
    // The addresses of libp2p's WebSockets cannot name a path everywhere, so the bare one leads here, too.
    if (path !== P2P_PATH && path !== '/') return [404, 'There is nothing at this address.'];
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return [400, 'Expected a WebSocket.'];
    const { host = '', origin } = request.headers;
    if (!isOwn(host))
      return [403, 'This server is not known by that name. The operator sets its names with WEFT_HOSTS.'];
    if (origin !== undefined && !isOriginOf(origin, host) && !allowed.has(origin)) {
      return [403, 'Pages of this address may not use this relay.'];
    }
    if (deps.port() === null) return [503, 'The relay is not ready. Try again in a moment.'];
    if (open.size >= limits.inAll) return [503, 'The relay has no room for more connections now.'];
    const isSlow = await rate.consume(visitor).then(
      () => true,
      () => false,
    );
    return isSlow && (perAddress.get(visitor) ?? 0) < limits.perAddress
      ? null
      : [429, 'Too many connections from your address. Try again in a moment.'];
  };

  const forward = (request: IncomingMessage, socket: Socket, head: Buffer, visitor: string, port: number) => {
    open.add(socket);
    perAddress.set(visitor, (perAddress.get(visitor) ?? 0) + 1);
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    const end = () => {
      socket.destroy();
      upstream.destroy();
    };
    socket.once('close', () => {
      open.delete(socket);
      const left = (perAddress.get(visitor) ?? 1) - 1;
      if (left === 0) perAddress.delete(visitor);
      else perAddress.set(visitor, left);
      upstream.destroy();
    });
    upstream.once('close', () => socket.destroySoon());
    socket.setNoDelay(true);
    upstream.setTimeout(limits.handshakeMs, end);
    upstream.once('data', () => {
      upstream.setTimeout(0);
      socket.setTimeout(limits.idleMs, end);
    });
    upstream.once('error', end);
    upstream.write(handshakeOf(request, port));
    if (head.length > 0) upstream.write(head);
    // The slower side sets the pace: pipes stop reading where nobody takes.
    socket.pipe(upstream).pipe(socket);
  };

  return {
    handle(request, socket, head) {
      const visitor = visitorOf(request, init);
      if (visitor === null || !(socket instanceof Socket)) return void socket.destroy();
      // Whatever breaks here is over with its socket.
      socket.on('error', () => socket.destroy());
      socket.setTimeout(limits.handshakeMs, () => socket.destroy());
      void refusalOf(request, visitor).then((refusal) => {
        const port = deps.port();
        if (refusal === null && port !== null) {
          forward(request, socket, head, visitor, port);
          return;
        }
        refused++;
        refuse(socket, ...(refusal ?? [503, 'The relay is not ready. Try again in a moment.']));
      });
    },
    get count() {
      return open.size;
    },
    get refused() {
      return refused;
    },
    stop() {
      for (const socket of open) socket.destroy();
    },
  };
}

function handshakeOf(request: IncomingMessage, port: number): string {
  const lines = HANDSHAKE_HEADERS.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [`${name}: ${value}`] : [];
  });
  return [
    `GET / HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    ...lines,
    '',
    '',
  ].join('\r\n');
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

function refuse(socket: Socket, status: number, sentence: string) {
  const body = `${sentence}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`,
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(status === 429 || status === 503 ? ['Retry-After: 5'] : []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
