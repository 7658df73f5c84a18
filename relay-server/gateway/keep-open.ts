import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { ANSWER_TIMEOUT_MS } from '../../src/openai/constants.ts';

/** Beyond the answer's own time, so that its end is still told. */
const MARGIN_MS = 30_000;

/**
 * Keeps a connection on which nothing moves for as long as an answer may take: one that is not streamed comes when it is
 * written. Afterwards the server's usual patience holds again.
 */
export function keepOpen(): MiddlewareHandler<{ Bindings?: HttpBindings }> {
  return async (c, next) => {
    if (c.env !== undefined) {
      const { incoming, outgoing } = c.env;
      const { socket } = incoming;
      const usual = socket.timeout ?? 0;
      socket.setTimeout(ANSWER_TIMEOUT_MS + MARGIN_MS);
      outgoing.once('close', () => socket.setTimeout(usual));
    }
    await next();
  };
}
