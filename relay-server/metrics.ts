import { timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { MiddlewareHandler } from 'hono';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ownNames } from './chain/guard-origin.ts';

interface Env {
  Bindings?: HttpBindings;
}

export interface MetricsInit {
  /** Whoever shows it may read from anywhere; null: this computer only. */
  readonly token: string | null;
  readonly isBehindProxy: boolean;
  /** Names under which the server is reached. */
  readonly hosts: readonly string[];
}

export interface Metrics {
  /** Counts answers by what was asked for and how it ended; never who asked. */
  readonly count: MiddlewareHandler<Env>;
  /** `GET /metrics`. */
  readonly routes: Hono<Env>;
  /** A figure that is asked for when somebody reads. */
  gauge(name: string, help: string, read: () => number): void;
}

/** What is asked for, in a few words: a path would tell which model or which member. */
const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/^\/(?:healthz|readyz|metrics)$/, 'operation'],
  [/^\/(?:rpc|faucet)(?:\/|$)/, 'chain'],
  [/^\/models-of-relay\//, 'model'],
  [/^\/v1\/(?:chat|completions|embeddings|models)/, 'gateway'],
  [/^\/(?:v1|\.well-known)\//, 'members'],
];

export function createMetrics(init: MetricsInit): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const answers = new Counter({
    name: 'weft_http_answers_total',
    help: 'Answers over HTTP by what was asked for and the hundred of their status',
    labelNames: ['kind', 'status'],
    registers: [register],
  });
  const seconds = new Histogram({
    name: 'weft_http_answer_seconds',
    help: 'Time until an answer began',
    labelNames: ['kind'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [register],
  });
  const isOwn = ownNames(init.hosts);
  const routes = new Hono<Env>();
  routes.get('/metrics', async (c) => {
    const { token } = init;
    const shown = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const isAllowed =
      (token !== null && shown !== undefined && isSame(shown, token)) ||
      // A page on this computer may be any site's; it says so, or comes by a name that is not this server's.
      (!init.isBehindProxy &&
        isLoopback(c.env?.incoming.socket.remoteAddress) &&
        c.req.header('x-forwarded-for') === undefined &&
        c.req.header('origin') === undefined &&
        isOwn(c.req.header('host') ?? ''));
    if (!isAllowed) return c.notFound();
    c.header('Cache-Control', 'no-store');
    c.header('Content-Type', register.contentType);
    return c.body(await register.metrics());
  });
  return {
    async count(c, next) {
      const kind = GROUPS.find(([path]) => path.test(c.req.path))?.[1] ?? 'page';
      const end = seconds.startTimer({ kind });
      await next();
      end();
      answers.inc({ kind, status: `${Math.floor(c.res.status / 100)}xx` });
    },
    routes,
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [register],
        collect() {
          this.set(read());
        },
      });
    },
  };
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}

/** Takes as long for a wrong token as for the right one. */
function isSame(shown: string, token: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
