import type { HttpBindings } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { etag } from 'hono/etag';
import { stat } from 'node:fs/promises';
import { SITE_CONFIG_PATH } from '../src/protocol/site-config.ts';
import type { RelayChain } from './chain/open-chain.ts';
import { createSecureHeaders } from './headers.ts';
import { limitAnswers, MODEL_LIMITS, PAGE_LIMITS, type AnswerLimits } from './limit-answers.ts';
import type { SignedEnv } from './http-auth/require-signature.ts';
import type { Metrics } from './metrics.ts';
import type { ModelFolder } from './model-folder.ts';
import { createModelRoutes } from './model-routes.ts';
import { MODELS_PATH } from './paths.ts';

export interface RelayAppInit {
  /** Folder with the built page. */
  readonly pageFolder: string;
  readonly version: string;
  /** Origins the page may offer as sources of models. Default none: the page talks to this server only. */
  readonly modelHosts?: readonly string[];
  /** See {@link limitAnswers}. Default no. */
  readonly isBehindProxy?: boolean;
  /** Origins of other relays that the page may use. Default none. */
  readonly relays?: readonly string[];
  /** Other limits than the usual ones for the files of models (tests). */
  readonly modelLimits?: AnswerLimits;
}

export interface RelayAppDeps {
  /** Models that this server offers itself. */
  readonly models?: ModelFolder | null;
  /** The mesh's chain; none where everything costs nothing. */
  readonly chain?: Pick<RelayChain, 'site' | 'routes'> | null;
  /** The endpoint for members' tools. */
  readonly gateway?: Hono<{ Bindings?: HttpBindings }> | null;
  /** Who may use the relay, and what it says of itself. */
  readonly members?: Hono<SignedEnv> | null;
  readonly metrics?: Pick<Metrics, 'count' | 'routes'>;
  /** Where the server stands; without it, it is ready from the start. */
  readonly phase?: () => RelayPhase;
  /** Told of what went wrong inside. */
  readonly onError?: (error: Error) => void;
}

/** Starting: the page is served, libp2p is not there yet. Draining: what is under way may end, nothing new begins. */
export type RelayPhase = 'starting' | 'ready' | 'draining';

/** One year, for files whose name carries a hash of their content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Kept, but asked for again before each use. */
const REVALIDATE = 'no-cache';

/**
 * The relay's HTTP surface: the page's files, what it may offer of models, the way to its chain, and `/healthz`. A missing
 * file is a 404 in plain text, never the page itself, so that a model or a script that is not there cannot be mistaken for
 * one.
 */
export function createRelayApp(init: RelayAppInit, deps: RelayAppDeps = {}): Hono {
  const modelHosts = init.modelHosts ?? [];
  const app = new Hono();
  const chain = deps.chain ?? null;
  app.use(createSecureHeaders({ modelHosts, rpcUrls: chain?.site.rpcUrls ?? [], relays: init.relays ?? [] }));
  if (deps.metrics !== undefined) app.use(deps.metrics.count);
  app.get('/healthz', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json({ status: 'ok', name: 'weft', version: init.version });
  });
  app.get('/readyz', (c) => {
    const phase = deps.phase?.() ?? 'ready';
    c.header('Cache-Control', 'no-store');
    return c.json({ status: phase }, phase === 'ready' ? 200 : 503);
  });
  if (deps.metrics !== undefined) app.route('/', deps.metrics.routes);
  if (deps.members != null) app.route('/', deps.members);
  if (chain?.routes != null) app.route('/', chain.routes);
  if (deps.gateway != null) app.route('/', deps.gateway);
  app.use(async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return c.text('Only GET and HEAD are answered here.\n', 405);
    await next();
    return undefined;
  });
  const proxy = { isBehindProxy: init.isBehindProxy ?? false };
  const limitPage = limitAnswers(PAGE_LIMITS, proxy);
  app.use(`${MODELS_PATH}*`, limitAnswers(init.modelLimits ?? MODEL_LIMITS, proxy));
  app.use(SITE_CONFIG_PATH, limitPage);
  app.route('/', createModelRoutes({ modelHosts, chain: chain?.site ?? null }, { models: deps.models ?? null }));
  app.use(limitPage);
  app.use(compress());
  app.use(etag());
  app.use(
    serveStatic({
      root: init.pageFolder,
      // By the address, not by the file's path: the page itself may lie in a folder called "assets".
      onFound: async (path, c) => {
        const { size, mtimeMs } = await stat(path);
        c.header('ETag', `W/"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`);
        c.header('Cache-Control', c.req.path.startsWith('/assets/') ? IMMUTABLE : REVALIDATE);
      },
    }),
  );
  app.notFound((c) => c.text('There is nothing at this address.\n', 404));
  app.onError((error, c) => {
    deps.onError?.(error);
    return c.text('The relay failed to answer; the request was not at fault.\n', 500);
  });
  return app;
}
