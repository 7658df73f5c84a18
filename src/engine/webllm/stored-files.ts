import { WeftError } from '../../protocol/errors.ts';

/** A file as WebLLM 0.2.86 looks it up: a store of the Cache API and an address in it. */
export interface StoredFile {
  readonly store: 'webllm/config' | 'webllm/wasm' | 'webllm/model';
  readonly url: string;
}

export interface StoredModel {
  readonly baseUrl: string;
  readonly libraryUrl: string;
  /** `dataPath` of each file of weights. */
  readonly weightPaths: readonly string[];
}

/** Everything WebLLM reads of a model, under the addresses it computes from {@link modelAddress}. */
export function storedFilesOf({ baseUrl, libraryUrl, weightPaths }: StoredModel): readonly StoredFile[] {
  const inModel = (name: string): StoredFile => ({ store: 'webllm/model', url: new URL(name, baseUrl).href });
  return [
    { store: 'webllm/config', url: new URL('mlc-chat-config.json', baseUrl).href },
    { store: 'webllm/wasm', url: libraryUrl },
    inModel('tokenizer.json'),
    inModel('tensor-cache.json'),
    ...weightPaths.map(inModel),
  ];
}

/**
 * A folder as `model` of a WebLLM record. WebLLM appends `resolve/main/` to every address without it, wherever the folder
 * lies; as a query it satisfies WebLLM and drops out of the addresses of the files.
 */
export function modelAddress(baseUrl: string): string {
  return `${baseUrl}?/resolve/main/`;
}

/** Throws model/not-found where one of the files is not stored, so that a load never asks the network. */
export async function requireStored(files: readonly StoredFile[], caches: CacheStorage): Promise<void> {
  const stores = new Map<string, Cache>();
  for (const { store, url } of files) {
    const cache = stores.get(store) ?? (await caches.open(store));
    stores.set(store, cache);
    if ((await cache.match(url)) === undefined) throw notStored(url);
  }
}

/** The library as an address that lasts for one load: WebLLM then runs these very bytes, wherever they came from. */
export async function libraryAddress(libraryUrl: string, caches: CacheStorage): Promise<string> {
  const cache = await caches.open('webllm/wasm' satisfies StoredFile['store']);
  const response = await cache.match(libraryUrl);
  if (response === undefined) throw notStored(libraryUrl);
  return URL.createObjectURL(await response.blob());
}

/** A file that should have been downloaded is not there. */
function notStored(url: string): WeftError {
  const name = new URL(url).pathname.split('/').at(-1) ?? url;
  return new WeftError('model/not-found', `${name} of the model is not stored in this browser.`, {
    hints: ['Download the model again: the browser may have removed a part of it to make room.'],
  });
}
