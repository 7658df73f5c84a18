import type { MiddlewareHandler } from 'hono';
import { WeftError } from '../../src/protocol/errors.ts';
import { isOriginOf, ownNames } from '../chain/guard-origin.ts';
import type { GuardOriginInit } from '../chain/guard-origin.ts';
import { answerError } from './answer-error.ts';
import { PREFLIGHT_S } from './constants.ts';

export interface AllowPagesInit extends GuardOriginInit {
  /** Origins of pages, besides the server's own, that may ask: `https://chat.example.org`. */
  readonly origins: readonly string[];
}

const METHODS = 'GET, POST, PATCH, DELETE';
const HEADERS = 'authorization, content-type';

/**
 * Answers the server's own page, configured ones, and programs; a browser keeps the answers from any other page. A page
 * whose name was made to lead here (DNS rebinding) looks like the own one but for the name.
 */
export function allowPages({ origins, hosts }: AllowPagesInit): MiddlewareHandler {
  const allowed = new Set(origins);
  const isOwnName = ownNames(hosts);
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!isOwnName(host)) {
      return answerError(
        c,
        new WeftError('app/bad-request', 'This relay is not known by that name.', {
          hints: ['The operator sets its names with WEFT_HOSTS.'],
        }),
      );
    }
    const origin = c.req.header('origin');
    const isOwn = origin === undefined || c.req.header('sec-fetch-site') === 'same-origin' || isOriginOf(origin, host);
    if (!isOwn && !allowed.has(origin)) {
      return answerError(c, new WeftError('app/bad-request', 'Pages of this address may not use this relay.'));
    }
    if (!isOwn) {
      c.header('Access-Control-Allow-Origin', origin);
      c.header('Vary', 'Origin', { append: true });
    }
    if (c.req.method === 'OPTIONS') {
      c.header('Access-Control-Allow-Methods', METHODS);
      c.header('Access-Control-Allow-Headers', HEADERS);
      c.header('Access-Control-Max-Age', String(PREFLIGHT_S));
      return c.body(null, 204);
    }
    await next();
    return undefined;
  };
}
