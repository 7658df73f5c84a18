import { WeftError } from '../../protocol/errors.ts';
import type { CatalogueModel } from '../catalogue/catalogue-model.ts';
import { MAX_CONFIG_BYTES, MAX_GOLDEN_BYTES, MAX_INDEX_BYTES } from '../session/constants.ts';
import { MAX_TOKENIZER_BYTES, MAX_WEIGHT_FILE_BYTES } from '../session/constants.ts';
import type { ModelManifest } from '../session/model-manifest.ts';
import { checkModelAllowed } from './allowed-origin.ts';
import type { OriginPolicy } from './allowed-origin.ts';
import { checkSpace } from './check-space.ts';
import type { SpaceDeps } from './check-space.ts';
import {
  CONFIG_NAME,
  GOLDEN_NAME,
  INDEX_NAME,
  LIBRARY_STORE,
  MAX_LIBRARY_BYTES,
  MAX_NAME_CHARS,
  MODEL_STORE,
  OLD_INDEX_NAME,
  TICK_MS,
} from './constants.ts';
import { checkLibrary, checkNoPage, parseJsonFile, sha256Of } from './content-checks.ts';
import type { ExpectedFile } from './content-checks.ts';
import { fetchFile } from './fetch-file.ts';
import type { FetchFileDeps } from './fetch-file.ts';
import { keepFile } from './file-keeper.ts';
import type { WantedFile } from './file-keeper.ts';
import { readConfigFile, readIndexFile } from './model-parts.ts';
import type { ModelPart } from './model-parts.ts';
import { createProgressMeter } from './progress-meter.ts';
import type { TransferProgress } from './progress-meter.ts';
import { publishedFile, readPublished } from './published-manifest.ts';
import { runParallel } from './run-parallel.ts';
import type { Work } from './run-parallel.ts';
import { readStoredFolder, storeOf, writeStoredFolder } from './stored-folder.ts';
import type { StoredFolder } from './stored-folder.ts';
import { findStored, removeStored } from './stored-models.ts';

export interface DownloadModelInit {
  readonly model: Pick<CatalogueModel, 'id' | 'title' | 'baseUrl' | 'libraryUrl' | 'download'>;
  readonly policy: OriginPolicy;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TransferProgress) => void;
}

export interface DownloadModelDeps extends FetchFileDeps, SpaceDeps {
  readonly caches: CacheStorage;
  readonly nowMs: () => number;
}

/**
 * Brings a model's files into WebLLM's stores, checked and recorded, and resolves when all are there. What is there
 * already is kept, so the same call goes on after an abort, a crash or a failure. Throws download/*, model/* and the
 * signal's reason.
 */
export async function downloadModel(init: DownloadModelInit, deps: DownloadModelDeps): Promise<void> {
  const { model, policy, signal } = init;
  checkModelAllowed(model, policy);
  const meter = createProgressMeter(model.download.bytes, { report: init.onProgress, nowMs: deps.nowMs });
  let folder: StoredFolder = (await readStoredFolder(model.baseUrl, deps.caches)) ?? {
    model: model.id,
    quantization: '',
    isComplete: false,
    totalBytes: null,
    files: new Map(),
    libraries: new Map(),
  };
  let saved = Promise.resolve();
  /** One write after the other: each holds what was recorded until then. */
  const record = (part: Partial<StoredFolder>): Promise<void> => {
    folder = { ...folder, ...part };
    const now = folder;
    saved = saved.then(() => writeStoredFolder(model.baseUrl, now, deps.caches));
    return saved;
  };
  const published = await readPublished(model.baseUrl, signal, deps);
  // Where something is missing or wrong, the folder is no whole until it is here again. A whole one stays usable: another
  // model may lie in it, and this one may lack its library only.
  if (folder.isComplete && !(await isWhole(model.baseUrl, folder, published, deps.caches))) {
    await record({ isComplete: false });
  }

  const wanted = (name: string, part: Partial<WantedFile> = {}): WantedFile => ({
    url: model.baseUrl + name,
    sourceUrl: model.baseUrl + name,
    name,
    store: storeOf(name),
    maxBytes: MAX_WEIGHT_FILE_BYTES,
    sizeBytes: null,
    published: publishedFile(published, name),
    recorded: folder.files.get(name) ?? null,
    check: (bytes) => checkNoPage(name, bytes),
    isAlwaysChecked: false,
    ...part,
  });
  const keep = async (file: WantedFile): Promise<void> => {
    const kept = await keepFile(file, signal, { ...deps, meter });
    await record({ files: new Map([...folder.files, [file.name, kept]]) });
  };
  /** What cannot be read is not stored: its publisher may put it right, and then the next try finds it. */
  const keepJson = async <Read>(file: WantedFile, read: (json: unknown) => Read): Promise<Read> => {
    const parse = (bytes: Uint8Array): Read => read(parseJsonFile(file.name, bytes));
    await keep({ ...file, check: (bytes) => void parse(bytes), isAlwaysChecked: true });
    const stored = await (await deps.caches.open(file.store)).match(file.url);
    return parse(new Uint8Array((await stored?.arrayBuffer()) ?? new ArrayBuffer(0)));
  };
  const keepIndex = async (): Promise<readonly ModelPart[]> => {
    const limits = { maxBytes: MAX_INDEX_BYTES };
    const old = { ...limits, sourceUrl: model.baseUrl + OLD_INDEX_NAME };
    if (published !== null && !published.files.has(INDEX_NAME) && published.files.has(OLD_INDEX_NAME)) {
      return keepJson(wanted(INDEX_NAME, { ...old, published: published.files.get(OLD_INDEX_NAME)! }), readIndexFile);
    }
    try {
      return await keepJson(wanted(INDEX_NAME, limits), readIndexFile);
    } catch (error) {
      const isMissing = error instanceof WeftError && error.code === 'download/refused' && !error.retryable;
      if (!isMissing || published !== null) throw error;
      // Repositories of before 2025 have it under its old name; every engine here asks for the new one.
      return keepJson(wanted(INDEX_NAME, old), readIndexFile);
    }
  };

  const before = new Set(folder.files.keys());
  const config = await keepJson(wanted(CONFIG_NAME, { maxBytes: MAX_CONFIG_BYTES }), readConfigFile);
  const shards = await keepIndex();
  const here = shards.filter(({ name }) => before.has(name)).length;
  // Weights of one size and two versions would go unnoticed: their list says which version the server has now.
  if (published === null && before.has(INDEX_NAME) && here > 0 && here < shards.length) {
    const recorded = folder.files.get(INDEX_NAME)!;
    if (!(await isStillServed(model.baseUrl, recorded, signal, deps))) {
      await removeStored({ baseUrl: model.baseUrl, libraryUrl: null }, [], deps.caches);
      throw new WeftError('download/altered', 'The model changed on its server while it was being downloaded.', {
        hints: ['Download it again: what came of the old version is deleted.'],
        retryable: true,
      });
    }
  }
  const files: WantedFile[] = [
    wanted(config.tokenizerName, {
      maxBytes: MAX_TOKENIZER_BYTES,
      check: (bytes) => checkTokenizer(config.tokenizerName, bytes),
    }),
    ...(published?.files.has(GOLDEN_NAME) === true ? [wanted(GOLDEN_NAME, { maxBytes: MAX_GOLDEN_BYTES })] : []),
    ...shards.map(({ name, sizeBytes }) => wanted(name, { sizeBytes })),
  ];
  // What the others need is known only roughly before they are here.
  const knownBytes = [CONFIG_NAME, INDEX_NAME].reduce((sum, name) => sum + (folder.files.get(name)?.sizeBytes ?? 0), 0);
  const totalBytes =
    knownBytes +
    bytesOf(files) +
    (model.libraryUrl === null ? 0 : (folder.libraries.get(model.libraryUrl)?.sizeBytes ?? 0));
  await record({ quantization: config.quantization, totalBytes });
  meter.setTotal(totalBytes);
  // By what is there, not by what is recorded: the browser may have made room since.
  const held = new Set((await (await deps.caches.open(MODEL_STORE)).keys()).map(({ url }) => url));
  const missing = files.filter(({ url }) => !held.has(url));
  await checkSpace({ title: model.title, neededBytes: bytesOf(missing) }, deps);

  const work: Work[] = files.map((file) => ({ sizeBytes: file.sizeBytes ?? 0, run: () => keep(file) }));
  const { libraryUrl } = model;
  if (libraryUrl !== null) {
    const library = libraryFile(libraryUrl, folder, published, model.baseUrl);
    work.unshift({
      sizeBytes: 0,
      async run() {
        const kept = await keepFile(library, signal, { ...deps, meter });
        await record({ libraries: new Map([...folder.libraries, [libraryUrl, kept]]) });
      },
    });
  }
  // Said anew also while nothing comes: a speed that falls to nothing is to be seen.
  const ticker = setInterval(() => meter.flush(), TICK_MS);
  try {
    await runParallel(work, signal);
  } finally {
    clearInterval(ticker);
  }
  const sum = (sizes: Iterable<ExpectedFile>) => [...sizes].reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
  await record({ isComplete: true, totalBytes: sum(folder.files.values()) + sum(folder.libraries.values()) });
  meter.flush();
}

/** As far as it is known before they are here. */
function bytesOf(files: readonly WantedFile[]): number {
  return files.reduce(
    (sum, file) => sum + (file.sizeBytes ?? file.published?.sizeBytes ?? file.recorded?.sizeBytes ?? 0),
    0,
  );
}

function libraryFile(url: string, folder: StoredFolder, published: ModelManifest | null, baseUrl: string): WantedFile {
  // As the address writes it: not every address can be decoded.
  const name = new URL(url).pathname.split('/').at(-1)!.slice(0, MAX_NAME_CHARS);
  return {
    url,
    sourceUrl: url,
    name,
    store: LIBRARY_STORE,
    maxBytes: MAX_LIBRARY_BYTES,
    sizeBytes: null,
    // A library that lies with the weights may be in their manifest.
    published: (url.startsWith(baseUrl) ? published?.files.get(url.slice(baseUrl.length)) : undefined) ?? null,
    recorded: folder.libraries.get(url) ?? null,
    check: (bytes) => checkLibrary(name, bytes),
    isAlwaysChecked: false,
  };
}

/** True where the server still has the list of weights that is recorded, under its new or its old name. */
async function isStillServed(
  baseUrl: string,
  recorded: ExpectedFile,
  signal: AbortSignal,
  deps: FetchFileDeps,
): Promise<boolean> {
  for (const name of [INDEX_NAME, OLD_INDEX_NAME]) {
    try {
      const bytes = await fetchFile(
        {
          url: baseUrl + name,
          name,
          sizeBytes: null,
          maxBytes: MAX_INDEX_BYTES,
          signal,
          check: (content) => void parseJsonFile(name, content),
          onBytes: () => undefined,
        },
        deps,
      );
      return (await sha256Of(bytes)) === recorded.sha256;
    } catch (error) {
      // Missing under the new name is what repositories of before 2025 answer; anything else is the person's to know.
      const isMissing = error instanceof WeftError && error.code === 'download/refused' && !error.retryable;
      if (!isMissing) throw error;
    }
  }
  return false;
}

/** True where every recorded file is stored and is still the one that its publisher means. */
async function isWhole(
  baseUrl: string,
  folder: StoredFolder,
  published: ModelManifest | null,
  caches: CacheStorage,
): Promise<boolean> {
  const isMeant = ([name, { sha256 }]: readonly [string, ExpectedFile]) =>
    (published?.files.get(name)?.sha256 ?? sha256) === sha256;
  const [stored] = await findStored([{ baseUrl, libraryUrl: null }], caches);
  return stored?.isReady === true && [...folder.files].every(isMeant);
}

function checkTokenizer(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  if (name.endsWith('.json')) parseJsonFile(name, bytes);
  else checkNoPage(name, bytes);
}
