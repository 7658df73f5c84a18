import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { HttpBindings } from '@hono/node-server';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import * as v from 'valibot';
import { address } from '../../src/protocol/ids.ts';
import type { Address, Hex32 } from '../../src/protocol/ids.ts';
import { visitorAddress, type VisitorAddressInit } from '../visitor-address.ts';
import { guardOrigin, type GuardOriginInit } from './guard-origin.ts';

export interface FaucetRoutesInit extends GuardOriginInit, VisitorAddressInit {
  /** Other limits than the usual ones (tests). */
  readonly limits?: FaucetLimits;
}

/** How often within an hour. */
interface FaucetLimits {
  readonly perAccount: number;
  readonly perVisitor: number;
  readonly inAll: number;
}

export interface FaucetRoutesDeps {
  /** Sends and waits until it is in a block. */
  readonly give: (to: Address) => Promise<Hex32>;
}

const LIMITS: FaucetLimits = { perAccount: 3, perVisitor: 20, inAll: 500 };
const HOUR_S = 3_600;
const MAX_BODY_BYTES = 1_024;

const askSchema = v.object({
  address: v.pipe(
    v.string(),
    v.regex(/^0x[0-9a-fA-F]{40}$/),
    v.transform((text) => address(text)),
  ),
});

/** `POST /` with an account's address: test tokens and coin for fees, for the server's own page. */
export function createFaucetRoutes(init: FaucetRoutesInit, deps: FaucetRoutesDeps): Hono<{ Bindings?: HttpBindings }> {
  const limits = init.limits ?? LIMITS;
  const limiter = (points: number) => new RateLimiterMemory({ points, duration: HOUR_S });
  const [ofAccount, ofVisitor, ofAll] = [limiter(limits.perAccount), limiter(limits.perVisitor), limiter(limits.inAll)];
  const routes = new Hono<{ Bindings?: HttpBindings }>();
  routes.use(guardOrigin(init));
  routes.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.text('That is too much to read.\n', 413) }));
  routes.post('/', async (c) => {
    c.header('Cache-Control', 'no-store');
    if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
      return c.text('Send the address as application/json.\n', 415);
    }
    const parsed = v.safeParse(askSchema, await c.req.json().catch(() => null));
    if (!parsed.success) return c.text('Send {"address":"0x…"} with 40 hexadecimal digits.\n', 400);
    const to = parsed.output.address;
    const visitor = visitorAddress(c, init);
    try {
      // The narrow limits first: who is over them takes nothing from the others.
      await ofAccount.consume(to);
      if (visitor !== null) await ofVisitor.consume(visitor);
      await ofAll.consume('all');
    } catch {
      c.header('Retry-After', String(HOUR_S));
      return c.text('Test tokens were given often enough for now. Try again in an hour.\n', 429);
    }
    try {
      return c.json({ transaction: await deps.give(to) });
    } catch {
      return c.text('The chain did not send the test tokens. Try again in a moment.\n', 503);
    }
  });
  routes.all('/', (c) => {
    c.header('Allow', 'POST');
    return c.text('Ask for test tokens with POST.\n', 405);
  });
  return routes;
}
