import { WeftError } from '../../protocol/errors.ts';
import { checkExpected, checkSize, sha256Of } from './content-checks.ts';
import type { ExpectedFile } from './content-checks.ts';
import { fetchFile } from './fetch-file.ts';
import type { FetchFileDeps } from './fetch-file.ts';
import type { ProgressMeter } from './progress-meter.ts';
import { putStored } from './put-stored.ts';

/** One file of a model, wherever it is now. */
export interface WantedFile {
  /** Where it is stored under; absolute. */
  readonly url: string;
  /** Where it comes from; differs only for a file that was renamed. */
  readonly sourceUrl: string;
  readonly name: string;
  /** The Cache API store it belongs to. */
  readonly store: string;
  readonly maxBytes: number;
  /** As the list of weights says; null where nothing does. */
  readonly sizeBytes: number | null;
  /** As its publisher's manifest says; null where there is none. */
  readonly published: ExpectedFile | null;
  /** As it was when it was stored first; null where it never was. */
  readonly recorded: ExpectedFile | null;
  /** Throws what is wrong with the content. */
  readonly check: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Looked at also where it is stored and recorded: small, and everything else follows from what it says. */
  readonly isAlwaysChecked: boolean;
}

export interface FileKeeperDeps extends FetchFileDeps {
  readonly caches: CacheStorage;
  readonly meter: ProgressMeter;
}

/**
 * Makes sure that a file is stored and is the right one: what is here is kept, or deleted where it is wrong; what is
 * not comes from the network. Resolves to its size and hash. Throws as {@link fetchFile}, and download/no-space.
 */
export async function keepFile(file: WantedFile, signal: AbortSignal, deps: FileKeeperDeps): Promise<ExpectedFile> {
  const cache = await deps.caches.open(file.store);
  const here = await keepStored(file, cache, deps.meter);
  signal.throwIfAborted();
  if (here !== null) {
    deps.meter.done(file.url, here.sizeBytes);
    return here;
  }
  const expected = file.published ?? file.recorded;
  const bytes = await fetchFile(
    {
      url: file.sourceUrl,
      name: file.name,
      sizeBytes: expected?.sizeBytes ?? file.sizeBytes,
      maxBytes: file.maxBytes,
      signal,
      check: (content) => checkContent(file, content),
      onBytes: (receivedBytes, phase) => deps.meter.file(file.url, receivedBytes, phase),
    },
    deps,
  );
  const kept = { sizeBytes: bytes.length, sha256: await sha256Of(bytes) };
  signal.throwIfAborted();
  await store(cache, file, bytes);
  deps.meter.done(file.url, bytes.length);
  return kept;
}

/** The stored copy's size and hash, or null: there is none, or it was wrong and is deleted. */
async function keepStored(file: WantedFile, cache: Cache, meter: ProgressMeter): Promise<ExpectedFile | null> {
  const stored = await cache.match(file.url);
  if (stored === undefined) return null;
  const { recorded, published } = file;
  // Hashed when it was stored; a download that goes on does not read gigabytes again.
  const isRecorded = recorded !== null && (published === null || published.sha256 === recorded.sha256);
  if (isRecorded && !file.isAlwaysChecked) return recorded;
  meter.file(file.url, 0, 'checking');
  const bytes = new Uint8Array(await stored.arrayBuffer());
  try {
    await checkContent(file, bytes);
    return { sizeBytes: bytes.length, sha256: await sha256Of(bytes) };
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    // A bad answer that was stored once would fail for ever: it goes, and the file is fetched anew.
    await cache.delete(file.url);
    return null;
  }
}

async function checkContent(file: WantedFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  file.check(bytes);
  if (file.sizeBytes !== null) checkSize(file.name, bytes.length, file.sizeBytes);
  const expected = file.published ?? file.recorded;
  if (expected !== null) await checkExpected(file.name, bytes, expected);
}

async function store(cache: Cache, file: WantedFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const type = file.name.endsWith('.json')
    ? 'application/json'
    : file.name.endsWith('.wasm')
      ? 'application/wasm'
      : 'application/octet-stream';
  // Our own headers: the server's may hold a Vary that keeps a later look-up from matching.
  const headers = { 'content-type': type, 'content-length': String(bytes.length) };
  await putStored({ url: file.url, name: file.name, bytes, headers }, cache);
}
