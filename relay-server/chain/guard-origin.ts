import type { MiddlewareHandler } from 'hono';
import { isIP } from 'node:net';

export interface GuardOriginInit {
  /** Names under which the server is reached, besides this computer's and addresses: `chat.example.org`. */
  readonly hosts: readonly string[];
}

/**
 * Lets only this server's own page and programs without a page use what follows. A page of another site is told by its
 * `Origin`; one whose name was made to lead here (DNS rebinding) by a `Host` that is no name of this server.
 */
export function guardOrigin({ hosts }: GuardOriginInit): MiddlewareHandler {
  const isOwn = ownNames(hosts);
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!isOwn(host))
      return c.text('This server is not known by that name. The operator sets its names with WEFT_HOSTS.\n', 403);
    const origin = c.req.header('origin');
    if (origin !== undefined && !isOriginOf(origin, host)) {
      return c.text('Only this server’s own page may ask this.\n', 403);
    }
    const site = c.req.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      return c.text('Only this server’s own page may ask this.\n', 403);
    }
    await next();
    return undefined;
  };
}

/** Whether a `Host` is one of this server's: an address, this computer's name, or a configured one. */
export function ownNames(hosts: readonly string[]): (host: string) => boolean {
  const names = new Set(hosts.map((host) => host.toLowerCase()));
  return (host) => {
    const name = hostnameOf(host);
    return name === 'localhost' || name.endsWith('.localhost') || isAddress(name) || names.has(name);
  };
}

/** Browsers leave the usual port out of an origin; the name of the server may have it. */
export function isOriginOf(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: claimed } = new URL(origin);
  const own = `${protocol}//${host}`;
  return (protocol === 'http:' || protocol === 'https:') && URL.canParse(own) && new URL(own).host === claimed;
}

/** Without the port, and an IPv6 address without its brackets. */
function hostnameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

function isAddress(name: string): boolean {
  return isIP(name) !== 0;
}
