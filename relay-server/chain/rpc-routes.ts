import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { HttpBindings } from '@hono/node-server';
import * as v from 'valibot';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { visitorAddress, type VisitorAddressInit } from '../visitor-address.ts';
import { guardOrigin, type GuardOriginInit } from './guard-origin.ts';
import { RpcError } from './json-rpc.ts';
import type { RpcCall } from './json-rpc.ts';
import { ALLOWED_METHODS, MAX_PARAMS } from './rpc-methods.ts';

export interface RpcRoutesInit extends GuardOriginInit, VisitorAddressInit {
  /** Calls of one address in ten seconds. Default {@link CALLS_PER_TEN_SECONDS}. */
  readonly callsPerTenSeconds?: number;
}

export interface RpcRoutesDeps {
  readonly call: RpcCall;
}

const MAX_BODY_BYTES = 524_288;
const MAX_BATCH = 50;
/** Blocks that one `eth_getLogs` may span. */
const MAX_LOG_BLOCKS = 10_000;
const CALLS_PER_TEN_SECONDS = 600;
/** Calls under way on the chain at once, in all; the others wait in a line no longer than {@link MAX_LINE}. */
const MAX_AT_ONCE = 16;
const MAX_LINE = 1_000;

const callSchema = v.object({
  jsonrpc: v.literal('2.0'),
  id: v.union([v.pipe(v.string(), v.maxLength(64)), v.number(), v.null()]),
  method: v.pipe(v.string(), v.maxLength(64)),
  params: v.optional(v.pipe(v.array(v.unknown()), v.maxLength(4)), []),
});
type Call = v.InferOutput<typeof callSchema>;

/** JSON-RPC over POST for the server's own page, by an allow-list; see {@link ALLOWED_METHODS}. */
export function createRpcRoutes(init: RpcRoutesInit, deps: RpcRoutesDeps): Hono<{ Bindings?: HttpBindings }> {
  const limiter = new RateLimiterMemory({ points: init.callsPerTenSeconds ?? CALLS_PER_TEN_SECONDS, duration: 10 });
  const enter = createLine();
  const routes = new Hono<{ Bindings?: HttpBindings }>();
  routes.use(guardOrigin(init));
  routes.use(
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.text('At most 512 KiB can be sent at once.\n', 413) }),
  );
  routes.post('/', async (c) => {
    c.header('Cache-Control', 'no-store');
    // Any other type a foreign page could send without being asked for permission first.
    if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
      return c.text('Send JSON-RPC as application/json.\n', 415);
    }
    let body: unknown;
    try {
      body = await c.req.json();
    } catch {
      return c.json(failure(null, -32_700, 'This is not JSON.'), 400);
    }
    const calls = Array.isArray(body) ? body : [body];
    if (calls.length === 0 || calls.length > MAX_BATCH) {
      return c.json(failure(null, -32_600, `Expected 1 to ${MAX_BATCH} calls, got ${calls.length}.`), 400);
    }
    const address = visitorAddress(c, init);
    if (address !== null) {
      try {
        await limiter.consume(address, calls.length);
      } catch {
        c.header('Retry-After', '10');
        return c.json(failure(null, -32_005, 'Too many calls from your address. Try again in ten seconds.'), 429);
      }
    }
    const answers = await Promise.all(calls.map((call: unknown) => answer(call)));
    return c.json(Array.isArray(body) ? answers : answers[0]);
  });
  routes.all('/', (c) => {
    c.header('Allow', 'POST');
    return c.text('Send JSON-RPC with POST.\n', 405);
  });

  const answer = async (json: unknown) => {
    const parsed = v.safeParse(callSchema, json);
    if (!parsed.success) return failure(null, -32_600, 'This is not a JSON-RPC 2.0 call.');
    const call = parsed.output;
    const refusal = refusalOf(call);
    if (refusal !== null) return failure(call.id, ...refusal);
    const leave = await enter();
    if (leave === null) return failure(call.id, -32_005, 'The chain has too much to do. Try again in a moment.');
    try {
      return { jsonrpc: '2.0', id: call.id, result: (await deps.call(call.method, call.params)) ?? null };
    } catch (error) {
      if (error instanceof RpcError) return failure(call.id, error.code, error.message, error.data);
      return failure(call.id, -32_603, 'The chain did not answer. Try again in a moment.');
    } finally {
      leave();
    }
  };
  return routes;
}

function refusalOf({ method, params }: Call): [number, string] | null {
  if (!ALLOWED_METHODS.has(method)) return [-32_601, `The method ${JSON.stringify(method)} is not offered here.`];
  const most = MAX_PARAMS[method];
  if (most !== undefined && params.length > most) return [-32_602, `${method} takes at most ${most} parameters here.`];
  return method === 'eth_getLogs' ? refusalOfLogs(params[0]) : null;
}

const logsSchema = v.union([
  v.object({ blockHash: v.string() }),
  v.object({
    fromBlock: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,13}$/i), v.transform(Number)),
    toBlock: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,13}$/i), v.transform(Number)),
  }),
]);

/** Both ends are wanted as numbers, so that a span can be told without asking the chain. */
function refusalOfLogs(filter: unknown): [number, string] | null {
  const parsed = v.safeParse(logsSchema, filter);
  if (!parsed.success) return [-32_602, 'eth_getLogs needs fromBlock and toBlock as numbers, or a blockHash.'];
  if ('blockHash' in parsed.output) return null;
  const span = parsed.output.toBlock - parsed.output.fromBlock + 1;
  return span > MAX_LOG_BLOCKS ? [-32_602, `eth_getLogs spans at most ${MAX_LOG_BLOCKS} blocks, got ${span}.`] : null;
}

function failure(id: Call['id'], code: number, message: string, data?: unknown) {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** Resolves with the function to leave by, in turn; null where the line is too long. */
function createLine(): () => Promise<(() => void) | null> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) inside--;
    else next();
  };
  return async () => {
    if (inside < MAX_AT_ONCE) {
      inside++;
      return leave;
    }
    if (waiting.length >= MAX_LINE) return null;
    await new Promise<void>((resolve) => waiting.push(resolve));
    return leave;
  };
}
