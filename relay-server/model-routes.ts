import { Hono, type Context } from 'hono';
import { etag } from 'hono/etag';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import type { SiteChain } from '../src/protocol/site-chain.ts';
import { SITE_CONFIG_PATH, type SiteConfig } from '../src/protocol/site-config.ts';
import { parseByteRange } from './byte-range.ts';
import { isMissing } from './is-missing.ts';
import type { ModelFolder } from './model-folder.ts';
import { MODELS_PATH } from './paths.ts';

export interface ModelRoutesInit {
  readonly modelHosts: readonly string[];
  /** What the page is told of the mesh's chain. */
  readonly chain: SiteChain | null;
}

export interface ModelRoutesDeps {
  /** The operator's models, or null where there is no such folder. */
  readonly models: ModelFolder | null;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** Kept, but asked for again before each use: a model's files may be replaced under the same name. */
const REVALIDATE = 'no-cache';

/**
 * What the page may offer and which chain it has (`/weft.json`) and the files of the operator's models, in ranges so that a download goes on
 * where it broke off. Nothing here is compressed: weights do not shrink, and a range counts the file's own bytes.
 */
export function createModelRoutes(init: ModelRoutesInit, deps: ModelRoutesDeps): Hono {
  const routes = new Hono();
  routes.get(SITE_CONFIG_PATH, etag(), async (c) => {
    c.header('Cache-Control', REVALIDATE);
    const models = (await deps.models?.list()) ?? [];
    const { modelHosts, chain } = init;
    return c.json({ version: 1, modelHosts: [...modelHosts], models: [...models], chain } satisfies SiteConfig);
  });
  routes.get(`${MODELS_PATH}:id/:file`, etag(), async (c) => {
    const path = await deps.models?.find(c.req.param('id'), c.req.param('file'));
    return path === null || path === undefined ? c.notFound() : sendFile(c, path);
  });
  return routes;
}

/** Null where there is nothing. Any other failure, as too many open files, must not look like a file that is gone. */
async function openFile(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function sendFile(c: Context, path: string): Promise<Response> {
  const file = await openFile(path);
  if (file === null) return c.notFound();
  const { size, mtimeMs } = await file.stat();
  const tag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
  c.header('Cache-Control', REVALIDATE);
  c.header('ETag', tag);
  c.header('Accept-Ranges', 'bytes');
  c.header('Content-Type', CONTENT_TYPES[extname(path)] ?? 'application/octet-stream');

  const condition = c.req.header('if-range');
  const isSameFile = condition === undefined || condition === tag;
  const range = isSameFile ? parseByteRange(c.req.header('range'), size) : null;
  if (range === 'unsatisfiable') {
    await file.close();
    c.header('Content-Range', `bytes */${size}`);
    return c.body(null, 416);
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  c.header('Content-Length', String(end - start + 1));
  if (range !== null) c.header('Content-Range', `bytes ${start}-${end}/${size}`);
  if (c.req.method === 'HEAD' || size === 0) {
    await file.close();
    return c.body(null, range === null ? 200 : 206);
  }
  // The stream closes the file, also when the other side goes away.
  const stream = file.createReadStream({ start, end });
  return c.body(Readable.toWeb(stream) as ReadableStream<Uint8Array>, range === null ? 200 : 206);
}
