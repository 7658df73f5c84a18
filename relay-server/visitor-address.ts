import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

export interface VisitorAddressInit {
  /** A proxy in front passes requests on and appends to `X-Forwarded-For` whom it has them from. */
  readonly isBehindProxy: boolean;
}

/** A request, whatever else its handlers keep with it. */
type Asked = Pick<Context<{ Bindings?: HttpBindings }>, 'env' | 'req'>;

type Incoming = HttpBindings['incoming'];

/**
 * Who asks, as far as limits are concerned: an IPv4 address, or the half of an IPv6 address that stands for a network,
 * since its visitor may choose the other half anew for each request. Null where nobody asks over a network.
 */
export function visitorAddress(c: Asked, init: VisitorAddressInit): string | null {
  return c.env === undefined ? null : visitorOf(c.env.incoming, init);
}

/** As {@link visitorAddress}, of a request that is none of Hono's. */
export function visitorOf(request: Incoming, init: VisitorAddressInit): string | null {
  const peer = request.socket.remoteAddress;
  if (peer === undefined) return null;
  // What stands before the last entry is what the visitor itself claims.
  const claims = init.isBehindProxy ? request.headers['x-forwarded-for'] : undefined;
  const forwarded = [claims].flat().join(',').split(',').at(-1)?.trim();
  return networkOf(forwarded === undefined || forwarded === '' ? peer : forwarded);
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address.slice(0, 64);
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':').slice(0, 64);
}
