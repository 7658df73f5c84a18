import * as v from 'valibot';
import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import { largestBufferOf, memoryBytesOf } from '../../engine/catalogue/estimates.ts';
import { modelFolderUrl } from '../../engine/catalogue/model-folder-url.ts';
import { runtimesOf, VISION_TYPES } from '../../engine/catalogue/runtimes.ts';
import { checkModelAllowed } from '../../engine/downloads/allowed-origin.ts';
import type { OriginPolicy } from '../../engine/downloads/allowed-origin.ts';
import { CONFIG_NAME, INDEX_NAME, OLD_INDEX_NAME } from '../../engine/downloads/constants.ts';
import { checkLibrary, parseJsonFile, sha256Of } from '../../engine/downloads/content-checks.ts';
import { fetchFile } from '../../engine/downloads/fetch-file.ts';
import type { FetchFileDeps } from '../../engine/downloads/fetch-file.ts';
import { readConfigFile, readIndexFile } from '../../engine/downloads/model-parts.ts';
import { MAX_CONFIG_BYTES, MAX_INDEX_BYTES } from '../../engine/session/constants.ts';
import type { Fetch } from '../../engine/session/fetch-bytes.ts';
import { parsePublished } from '../../engine/session/parse-published.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { CustomModel } from '../app.ts';

export interface DescribeCustomInit {
  readonly custom: CustomModel;
  readonly policy: OriginPolicy;
  readonly signal: AbortSignal;
}

/** Enough to tell a library from a web page. */
const LIBRARY_START_BYTES = 64;

const count = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)));

const configSchema = v.object({
  model_type: v.pipe(v.string(), v.maxLength(64)),
  quantization: v.pipe(v.string(), v.maxLength(40)),
  context_window_size: v.optional(v.number()),
  model_config: v.optional(v.object({ vocab_size: count, hidden_size: count }), {}),
});

/** Reads what a model at an address is. Throws app/bad-request, model/*, download/*. */
export async function describeCustom(init: DescribeCustomInit, deps: FetchFileDeps): Promise<CatalogueModel> {
  const { custom, policy } = init;
  const baseUrl = modelFolderUrl(addressOf(custom.modelUrl, 'the model'));
  const libraryUrl = custom.libraryUrl.trim() === '' ? null : addressOf(custom.libraryUrl, 'the library');
  checkModelAllowed({ baseUrl, libraryUrl }, policy);

  const json = await readJson(baseUrl, CONFIG_NAME, MAX_CONFIG_BYTES, init, deps);
  readConfigFile(json);
  const parsed = parsePublished(configSchema, json);
  if (!parsed.success) {
    throw new WeftError('model/bad-config', `${CONFIG_NAME} is not in MLC's form at ${parsed.issue}.`, {
      hints: ['Check that the address leads to a model in MLC form.'],
    });
  }
  const { model_type: modelType, quantization, model_config: network } = parsed.output;
  const runtimes = runtimesOf({ libraryUrl, modelType, quantization });
  if (runtimes.length === 0) {
    throw new WeftError('model/unsupported', `The built-in engine does not run ${modelType} in ${quantization}.`, {
      hints: ["Add the address of WebLLM's compiled library for this model.", 'Choose another model.'],
    });
  }
  if (libraryUrl !== null) await checkLibraryAt(libraryUrl, init.signal, deps);
  const shards = readIndexFile(await readIndex(baseUrl, init, deps));
  const bytes = shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const name = nameOf(baseUrl);
  const window = parsed.output.context_window_size ?? 0;
  const { vocab_size: rows, hidden_size: cols } = network;
  return {
    id: `custom-${name}-${(await sha256Of(new TextEncoder().encode(`${baseUrl} ${libraryUrl ?? ''}`))).slice(0, 8)}`,
    title: name.replace(/-MLC$/iu, '').replaceAll(/[-_]+/gu, ' '),
    family: 'Added',
    source: 'custom',
    baseUrl,
    libraryUrl,
    parameterCount: null,
    quantization,
    // The weights as they are; tokenizer and library come on top.
    download: { bytes, isExact: false },
    memoryBytes: memoryBytesOf(bytes, quantization),
    largestBufferBytes: rows === undefined || cols === undefined ? null : largestBufferOf([rows, cols], quantization),
    requiredFeatures: libraryUrl !== null && quantization.includes('f16') ? ['shader-f16'] : [],
    contextLimit: window > 0 ? window : null,
    license: null,
    features: VISION_TYPES.includes(modelType) ? ['chat', 'vision'] : ['chat'],
    runtimes,
    isLowResource: false,
  };
}

/** A web address as people write it; `owner/name` is a repository of Hugging Face. */
function addressOf(typed: string, what: string): string {
  const text = typed.trim();
  const isRepository = /^[\w.-]+\/[\w.-]+$/u.test(text);
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//iu.test(text);
  const url = URL.parse(isRepository ? `https://huggingface.co/${text}` : hasScheme ? text : `https://${text}`);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url !== null && isWeb && text !== '' && text.length <= 2000 && url.username === '' && url.password === '')
    return url.href;
  throw new WeftError('app/bad-request', `"${text.slice(0, 200)}" is not the address of ${what}.`, {
    hints: ['Copy the address from the address bar: it begins with https://.'],
  });
}

async function readIndex(baseUrl: string, init: DescribeCustomInit, deps: FetchFileDeps): Promise<unknown> {
  try {
    return await readJson(baseUrl, INDEX_NAME, MAX_INDEX_BYTES, init, deps);
  } catch (error) {
    if (!(error instanceof WeftError) || error.code !== 'model/not-found') throw error;
    return readJson(baseUrl, OLD_INDEX_NAME, MAX_INDEX_BYTES, init, deps);
  }
}

async function readJson(
  baseUrl: string,
  name: string,
  maxBytes: number,
  { signal }: DescribeCustomInit,
  deps: FetchFileDeps,
): Promise<unknown> {
  const file = { url: baseUrl + name, name, sizeBytes: null, maxBytes, signal };
  try {
    const check = (bytes: Uint8Array) => void parseJsonFile(name, bytes);
    return parseJsonFile(name, await fetchFile({ ...file, check, onBytes: () => undefined }, deps));
  } catch (error) {
    const isMissing = error instanceof WeftError && error.code === 'download/refused' && !error.retryable;
    if (!isMissing) throw error;
    throw new WeftError('model/not-found', `There is no model in MLC form at ${baseUrl}: ${error.shortMessage}`, {
      hints: [`Check the address: the folder must hold ${CONFIG_NAME} and ${INDEX_NAME}.`],
      cause: error,
    });
  }
}

/** Looks at the first bytes of a library; the rest comes with the download. Throws model/bad-library. */
async function checkLibraryAt(url: string, signal: AbortSignal, deps: FetchFileDeps): Promise<void> {
  const name = 'The library';
  const beginning: Fetch = async (address, init) => {
    const range = { ...init, headers: { range: `bytes=0-${LIBRARY_START_BYTES - 1}` } };
    const response = await deps.fetch(address, range);
    // A server that knows no ranges sends all of it; what follows is not waited for.
    return response.ok ? new Response(await startOf(response), { headers: typeOf(response) }) : response;
  };
  const check = (bytes: Uint8Array) => checkLibrary(name, bytes);
  const file = { url, name, sizeBytes: null, maxBytes: LIBRARY_START_BYTES, signal, check, onBytes: () => undefined };
  try {
    await fetchFile(file, { ...deps, fetch: beginning });
  } catch (error) {
    signal.throwIfAborted();
    const { code, shortMessage, hints } = WeftError.from(error);
    if (code === 'model/bad-library') throw error;
    throw new WeftError('model/bad-library', `There is no compiled library at ${url}: ${shortMessage}`, {
      hints: ['Check the address of the library.', ...hints],
      cause: error,
    });
  }
}

/** At most {@link LIBRARY_START_BYTES}, without the rest. */
async function startOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const start = new Uint8Array(LIBRARY_START_BYTES);
  let filled = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined && filled < start.length) {
    const { done, value } = await reader.read();
    if (done) break;
    start.set(value.subarray(0, start.length - filled), filled);
    filled = Math.min(start.length, filled + value.length);
  }
  await reader?.cancel();
  return start.subarray(0, filled);
}

function typeOf({ headers }: Response): HeadersInit {
  return { 'content-type': headers.get('content-type') ?? 'application/octet-stream' };
}

/** The repository's or folder's name, in characters that an id may have. */
function nameOf(baseUrl: string): string {
  const path = new URL(baseUrl).pathname.replace(/\/resolve\/[^/]+\/$/u, '/');
  const last = path.split('/').at(-2) ?? '';
  const safe = last.replaceAll(/%[\da-f]{2}|[^\w.-]/giu, '-').slice(0, 100);
  return safe === '' ? 'model' : safe;
}
