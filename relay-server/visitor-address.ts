import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

export interface VisitorAddressInit {
  /** A proxy in front passes requests on and appends to `X-Forwarded-For` whom it has them from. */
  readonly isBehindProxy: boolean;
}

/** A request, whatever else its handlers keep with it. */
type Asked = Pick<Context<{ Bindings?: HttpBindings }>, 'env' | 'req'>;

/**
 * Who asks, as far as limits are concerned: an IPv4 address, or the half of an IPv6 address that stands for a network,
 * since its visitor may choose the other half anew for each request. Null where nobody asks over a network.
 */
export function visitorAddress(c: Asked, init: VisitorAddressInit): string | null {
  const peer = c.env?.incoming.socket.remoteAddress;
  if (peer === undefined) return null;
  // What stands before the last entry is what the visitor itself claims.
  const forwarded = init.isBehindProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
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
