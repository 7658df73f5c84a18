import * as v from 'valibot';
import { parseModelManifest } from '../session/model-manifest.ts';
import { CONFIG_NAME, CONFIG_STORE, MANIFEST_NAME, MANIFEST_STORE, MODEL_STORE } from './constants.ts';
import type { ExpectedFile } from './content-checks.ts';
import { putStored } from './put-stored.ts';

/** What is recorded of a model folder: the form of `weft-manifest.json`, and what only we need. */
export interface StoredFolder {
  readonly model: string;
  readonly quantization: string;
  /** All files that the model needs are stored. */
  readonly isComplete: boolean;
  /** Bytes of all its files; null until they are known. */
  readonly totalBytes: number | null;
  /** By name, as they were when they were first stored, or as the publisher's own manifest says. */
  readonly files: ReadonlyMap<string, ExpectedFile>;
  /** Compiled libraries by URL. */
  readonly libraries: ReadonlyMap<string, ExpectedFile>;
}

const extraSchema = v.object({
  isComplete: v.optional(v.boolean(), false),
  totalBytes: v.optional(v.nullable(v.number()), null),
  libraries: v.optional(
    v.record(v.string(), v.object({ sizeBytes: v.number(), sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u)) })),
    {},
  ),
});

/** The store that WebLLM looks for a file of a folder in. */
export function storeOf(name: string): string {
  return name === CONFIG_NAME ? CONFIG_STORE : MODEL_STORE;
}

/** What is recorded of the folder; null where nothing is, or nothing that can be read. */
export async function readStoredFolder(baseUrl: string, caches: CacheStorage): Promise<StoredFolder | null> {
  const response = await (await caches.open(MANIFEST_STORE)).match(baseUrl + MANIFEST_NAME);
  if (response === undefined) return null;
  try {
    const json: unknown = await response.json();
    const { model, quantization, files } = parseModelManifest(json);
    const { isComplete, totalBytes, libraries } = v.parse(extraSchema, json);
    return { model, quantization, isComplete, totalBytes, files, libraries: new Map(Object.entries(libraries)) };
  } catch {
    // Written by something else: its files are looked at and recorded again.
    return null;
  }
}

/** Throws download/no-space. */
export async function writeStoredFolder(baseUrl: string, folder: StoredFolder, caches: CacheStorage): Promise<void> {
  const plain = (files: ReadonlyMap<string, ExpectedFile>) =>
    Object.fromEntries([...files].map(([name, { sizeBytes, sha256 }]) => [name, { sizeBytes, sha256 }]));
  const json = {
    version: 1,
    model: folder.model,
    quantization: folder.quantization,
    files: plain(folder.files),
    isComplete: folder.isComplete,
    totalBytes: folder.totalBytes,
    libraries: plain(folder.libraries),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  const headers = { 'content-type': 'application/json' };
  const cache = await caches.open(MANIFEST_STORE);
  await putStored({ url: baseUrl + MANIFEST_NAME, name: 'the list of what is stored', bytes, headers }, cache);
}
