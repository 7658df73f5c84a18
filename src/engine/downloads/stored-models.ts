import type { CatalogueModel } from '../catalogue/catalogue-model.ts';
import { CONFIG_STORE, INDEX_NAME, LIBRARY_STORE, MODEL_STORE } from './constants.ts';
import { CONFIG_NAME, GOLDEN_NAME, MANIFEST_NAME, MANIFEST_STORE } from './constants.ts';
import { OLD_TOKENIZER_NAME, TOKENIZER_NAME } from './constants.ts';
import { sha256Of } from './content-checks.ts';
import { readIndexFile } from './model-parts.ts';
import { readStoredFolder, storeOf, writeStoredFolder } from './stored-folder.ts';

/** Where the files of a model lie. */
export type ModelPlace = Pick<CatalogueModel, 'baseUrl' | 'libraryUrl'>;

/** What of a model is in this browser. */
export interface StoredParts {
  /** All of it, and nothing missing that was recorded. */
  readonly isReady: boolean;
  readonly storedBytes: number;
  /** Null until a download has found out. */
  readonly totalBytes: number | null;
}

/** Looks which of the models' files are stored, without reading them. In the order of the places. */
export async function findStored(places: readonly ModelPlace[], caches: CacheStorage): Promise<readonly StoredParts[]> {
  const urls = new Set<string>();
  for (const store of [CONFIG_STORE, MODEL_STORE, LIBRARY_STORE]) {
    for (const { url } of await (await caches.open(store)).keys()) urls.add(url);
  }
  return Promise.all(
    places.map(async ({ baseUrl, libraryUrl }) => {
      const folder = await readStoredFolder(baseUrl, caches);
      if (folder === null) return { isReady: false, storedBytes: 0, totalBytes: null };
      const library = libraryUrl === null ? null : (folder.libraries.get(libraryUrl) ?? null);
      const parts = [...folder.files].map(([name, { sizeBytes }]) => ({ url: baseUrl + name, sizeBytes }));
      if (library !== null) parts.push({ url: libraryUrl!, sizeBytes: library.sizeBytes });
      const here = parts.filter(({ url }) => urls.has(url));
      return {
        isReady: folder.isComplete && here.length === parts.length && (libraryUrl === null || library !== null),
        storedBytes: here.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        totalBytes: folder.totalBytes,
      };
    }),
  );
}

/**
 * Compares every stored file with what was recorded of it. What differs is deleted, so that a download brings it again;
 * resolves to what was wrong, one sentence each.
 */
export async function checkStored(
  { baseUrl, libraryUrl }: ModelPlace,
  caches: CacheStorage,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const folder = await readStoredFolder(baseUrl, caches);
  if (folder === null) return [];
  const library = libraryUrl === null ? undefined : folder.libraries.get(libraryUrl);
  const parts = [
    ...[...folder.files].map(([name, file]) => ({ name, url: baseUrl + name, store: storeOf(name), ...file })),
    ...(library === undefined ? [] : [{ name: 'The library', url: libraryUrl!, store: LIBRARY_STORE, ...library }]),
  ];
  const wrong: string[] = [];
  for (const { name, url, store, sha256 } of parts) {
    signal.throwIfAborted();
    const cache = await caches.open(store);
    const stored = await cache.match(url);
    if (stored === undefined) {
      wrong.push(`${name} is missing.`);
      continue;
    }
    if ((await sha256Of(new Uint8Array(await stored.arrayBuffer()))) === sha256) continue;
    await cache.delete(url);
    wrong.push(`${name} was damaged and is deleted.`);
  }
  if (wrong.length > 0) await writeStoredFolder(baseUrl, { ...folder, isComplete: false }, caches);
  return wrong;
}

/** Deletes the model's files, except those that one of the `others` needs, too. */
export async function removeStored(
  { baseUrl, libraryUrl }: ModelPlace,
  others: readonly ModelPlace[],
  caches: CacheStorage,
): Promise<void> {
  const folder = await readStoredFolder(baseUrl, caches);
  const libraries = new Set([...(folder?.libraries.keys() ?? []), ...(libraryUrl === null ? [] : [libraryUrl])]);
  const isShared = others.some((other) => other.baseUrl === baseUrl);
  if (!isShared) {
    const names = new Set([CONFIG_NAME, INDEX_NAME, TOKENIZER_NAME, OLD_TOKENIZER_NAME, GOLDEN_NAME]);
    for (const name of folder?.files.keys() ?? []) names.add(name);
    // Files that came in the moment of a crash are in the list of weights only.
    for (const name of await shardNames(baseUrl, caches)) names.add(name);
    for (const name of names) await (await caches.open(storeOf(name))).delete(baseUrl + name);
    await (await caches.open(MANIFEST_STORE)).delete(baseUrl + MANIFEST_NAME);
  }
  const cache = await caches.open(LIBRARY_STORE);
  for (const url of libraries) if (!others.some((other) => other.libraryUrl === url)) await cache.delete(url);
}

async function shardNames(baseUrl: string, caches: CacheStorage): Promise<readonly string[]> {
  const index = await (await caches.open(storeOf(INDEX_NAME))).match(baseUrl + INDEX_NAME);
  if (index === undefined) return [];
  try {
    return readIndexFile(await index.json()).map(({ name }) => name);
  } catch {
    return []; // Not a list of weights: nothing was stored by it.
  }
}
