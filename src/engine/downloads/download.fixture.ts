import { afterEach, beforeEach } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { downloadModel } from './download-model.ts';
import type { DownloadModelDeps } from './download-model.ts';
import { serveModel } from './file-server.fixture.ts';
import type { ServedModel } from './file-server.fixture.ts';
import type { TransferProgress } from './progress-meter.ts';
import { findStored } from './stored-models.ts';
export let served: ServedModel;
export let waits: number[];

beforeEach(async () => {
  waits = [];
  served = await serveModel();
});

afterEach(async () => {
  for (const name of await caches.keys())
    if (name.startsWith('webllm/') || name.startsWith('weft/')) await caches.delete(name);
});

interface Options extends Partial<DownloadModelDeps> {
  readonly signal?: AbortSignal;
  readonly hosts?: readonly string[];
  readonly onProgress?: (progress: TransferProgress) => void;
}

export function download(options: Options = {}, from: ServedModel = served): Promise<void> {
  const {
    signal = new AbortController().signal,
    hosts = [from.origin],
    onProgress = () => undefined,
    ...deps
  } = options;
  return downloadModel(
    { model: from.model, policy: { origin: location.origin, hosts }, signal, onProgress },
    {
      caches,
      fetch: (url, init) => fetch(url, init),
      wait(timeMs) {
        waits.push(timeMs);
        return Promise.resolve();
      },
      random: () => 1,
      nowMs: () => performance.now(),
      estimate: () => navigator.storage.estimate(),
      ...deps,
    },
  );
}

export async function failure(options: Options = {}): Promise<WeftError> {
  const error = await download(options).then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof WeftError) return error;
  throw error;
}

export const isReady = async (from = served) => (await findStored([from.model], caches))[0]!.isReady;
export const stored = async (store: string, name: string) =>
  (await caches.open(store)).match(served.model.baseUrl + name);
export const total = (from: ServedModel) => [...from.files.values()].reduce((sum, { length }) => sum + length, 0);

/** A download that ends in the middle of this file: its beginning has come, the rest will not. */
export async function downloadCutIn(name: string): Promise<void> {
  await served.serve(name, undefined, [{ kind: 'hang', bytes: 100 }]);
  const stop = new AbortController();
  await download({
    signal: stop.signal,
    async fetch(url, init) {
      const response = await fetch(url, init);
      if (url.endsWith(name)) setTimeout(() => stop.abort(new Error('the tab was closed')), 100);
      return response;
    },
  });
}
