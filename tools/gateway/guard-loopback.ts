import type { MiddlewareHandler } from 'hono';
import { errorResponse } from '../../src/openai/error-answer.ts';
import { RequestError } from '../../src/openai/request-error.ts';

const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Lets programs on this computer in and no page of any site: a page is told by its `Origin` or by what its browser says of
 * the request's site, one whose name was made to lead here (DNS rebinding) by a `Host` that is none of loopback's.
 */
export function guardLoopback(): MiddlewareHandler {
  return async (c, next) => {
    const name = (c.req.header('host') ?? '').toLowerCase().replace(/:\d+$/, '');
    const site = c.req.header('sec-fetch-site') ?? 'none';
    if (!OWN_NAMES.has(name)) return refuse('This computer’s gateway is reached as localhost, by no other name.');
    if (c.req.header('origin') !== undefined || site !== 'none') {
      return refuse('This computer’s gateway answers programs, not pages in a browser.');
    }
    await next();
    return undefined;
  };
}

function refuse(sentence: string): Response {
  return errorResponse(new RequestError(sentence, { status: 403 }));
}
