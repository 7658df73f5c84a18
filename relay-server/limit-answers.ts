import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { visitorAddress, type VisitorAddressInit } from './visitor-address.ts';

export interface AnswerLimits {
  /** Answers under way for one address. Behind one address there may be an office. */
  readonly perAddress: number;
  /** Answers under way for all of them; each holds a connection and a file. */
  readonly inAll: number;
  /** Of an answer under way, at least {@link MIN_BYTES} must be read in each span of this length. */
  readonly slowAfterMs: number;
}

/** Files of models: one page takes three at a time. */
export const MODEL_LIMITS: AnswerLimits = { perAddress: 24, inAll: 256, slowAfterMs: 120_000 };
/** The page's own files are small and gone at once, but a start asks for all of them, through one proxy perhaps. */
export const PAGE_LIMITS: AnswerLimits = { perAddress: 256, inAll: 1024, slowAfterMs: 120_000 };

/** Whoever reads less in two minutes would hold a weight file of 32 MB open for four hours. */
const MIN_BYTES = 262_144;
const RETRY_AFTER_S = 5;

/**
 * Bounds the answers that are under way: 429 where an address has its share already, 503 where all are taken, both with
 * `Retry-After`. An answer that is hardly read is ended, with its connection.
 */
export function limitAnswers(
  limits: AnswerLimits,
  init: VisitorAddressInit,
): MiddlewareHandler<{ Bindings?: HttpBindings }> {
  const open = new Map<string, number>();
  let openInAll = 0;
  return async (c, next) => {
    const address = visitorAddress(c, init);
    if (address === null || c.env === undefined) return next();
    const { outgoing } = c.env;
    const own = open.get(address) ?? 0;
    if (own >= limits.perAddress || openInAll >= limits.inAll) {
      c.header('Retry-After', String(RETRY_AFTER_S));
      c.header('Cache-Control', 'no-store');
      return own >= limits.perAddress
        ? c.text('Too many downloads are under way from your address. Try again in a moment.\n', 429)
        : c.text('Too many downloads are under way. Try again in a moment.\n', 503);
    }
    open.set(address, own + 1);
    openInAll++;
    const { socket } = c.env.incoming;
    // What was given to the system; what still waits in this process has not been read by anybody.
    const sentBytes = () => socket.bytesWritten - socket.writableLength;
    let before = sentBytes();
    const timer = setInterval(() => {
      const now = sentBytes();
      if (now - before < MIN_BYTES) socket.destroy();
      before = now;
    }, limits.slowAfterMs);
    // Comes once, however the answer ends.
    outgoing.once('close', () => {
      clearInterval(timer);
      openInAll--;
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    return next();
  };
}
