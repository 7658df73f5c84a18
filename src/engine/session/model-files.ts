import { WeftError } from '../../protocol/errors.ts';
import { toHex } from '../../protocol/ids.ts';
import { MAX_MANIFEST_BYTES } from './constants.ts';
import { altered, fetchBytes } from './fetch-bytes.ts';
import type { CacheMode, Fetch } from './fetch-bytes.ts';
import { parseModelManifest } from './model-manifest.ts';
import type { ModelManifest } from './model-manifest.ts';
import { parseJsonFile } from './parse-json-file.ts';

const MANIFEST_NAME = 'weft-manifest.json';

interface ReadFileOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes: number;
  /** Called with this file's bytes received so far. */
  readonly onBytes?: (receivedBytes: number) => void;
}

/** The files of one model, each checked against the manifest before anyone sees it. */
export interface ModelFiles {
  readonly manifest: ModelManifest;
  /** Throws model/bad-manifest where the manifest does not list the file; else as {@link fetchBytes}, and model/altered. */
  read(name: string, options: ReadFileOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** The file as JSON. Throws `badCode` where it is none. */
  readJson(
    name: string,
    badCode: 'model/bad-config' | 'model/bad-tokenizer',
    options: ReadFileOptions,
  ): Promise<unknown>;
}

export interface ModelFilesDeps {
  readonly fetch: Fetch;
}

/** Opens a model folder by its manifest. Throws model/not-found, model/bad-manifest, model/fetch. */
export async function openModelFiles(
  init: { readonly baseUrl: string; readonly signal?: AbortSignal | undefined },
  deps: ModelFilesDeps,
): Promise<ModelFiles> {
  const { baseUrl, signal } = init;
  const manifest = parseModelManifest(await readManifest(baseUrl, signal, deps));

  const fetchOnce = (name: string, cache: CacheMode, options: ReadFileOptions) => {
    const file = fileOf(manifest, name);
    return fetchBytes(
      {
        url: new URL(name, baseUrl).href,
        name,
        sizeBytes: file.sizeBytes,
        maxBytes: options.maxBytes,
        cache,
        signal: options.signal,
        onBytes: options.onBytes,
      },
      deps.fetch,
    );
  };

  const readChecked = async (name: string, cache: CacheMode, options: ReadFileOptions) => {
    const bytes = await fetchOnce(name, cache, options);
    const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).slice(2);
    options.signal?.throwIfAborted();
    const { sha256 } = fileOf(manifest, name);
    if (digest !== sha256) throw altered(name, `its SHA-256 is ${short(digest)}, expected ${short(sha256)}`);
    return bytes;
  };

  const read = async (name: string, options: ReadFileOptions) => {
    try {
      return await readChecked(name, 'default', options);
    } catch (error) {
      if (!(error instanceof WeftError) || !['model/altered', 'model/truncated'].includes(error.code)) throw error;
      // The browser's cache may hold a damaged or outdated copy: ask the server itself, once.
      return readChecked(name, 'reload', options);
    }
  };

  return {
    manifest,
    read,
    async readJson(name, badCode, options) {
      return parseJsonFile(name, badCode, await read(name, options));
    },
  };
}

async function readManifest(baseUrl: string, signal: AbortSignal | undefined, deps: ModelFilesDeps): Promise<unknown> {
  const url = manifestUrl(baseUrl);
  try {
    // Always asked for anew where there is a network: it decides whether every other copy is the right one.
    const init = { url, name: MANIFEST_NAME, sizeBytes: null, maxBytes: MAX_MANIFEST_BYTES, signal };
    const bytes = await fetchBytes({ ...init, cache: 'no-cache' }, deps.fetch);
    return parseJson(bytes, (cause) => {
      throw new WeftError('model/bad-manifest', `${url} is not JSON.`, {
        hints: ['Check the address of the model.'],
        cause,
      });
    });
  } catch (error) {
    if (!(error instanceof WeftError) || error.code !== 'model/fetch' || error.retryable) throw error;
    throw new WeftError('model/not-found', `There is no model at ${baseUrl}: ${error.shortMessage}`, {
      hints: ['Check the address of the model: its folder must hold a weft-manifest.json.'],
      cause: error,
    });
  }
}

function manifestUrl(baseUrl: string): string {
  try {
    return new URL(MANIFEST_NAME, baseUrl).href;
  } catch (cause) {
    throw new WeftError('model/not-found', `"${baseUrl.slice(0, 200)}" is not the address of a model's folder.`, {
      hints: ['Give an absolute address that ends with a slash.'],
      cause,
    });
  }
}

function fileOf(manifest: ModelManifest, name: string) {
  const file = manifest.files.get(name);
  if (file !== undefined) return file;
  throw new WeftError('model/bad-manifest', `The model's manifest does not list ${name}, which the model needs.`, {
    hints: ['Whoever publishes the model has to write the manifest again; choose another model meanwhile.'],
  });
}

function parseJson(bytes: Uint8Array, onBad: (cause: unknown) => never): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    return onBad(cause);
  }
}

function short(hex: string): string {
  return `${hex.slice(0, 12)}…`;
}
