import { WeftError } from '../../protocol/errors.ts';
import type { Fetch } from '../session/fetch-bytes.ts';
import { CONFIG_STORE, LIBRARY_STORE, MANIFEST_NAME, MANIFEST_STORE, MODEL_STORE } from './constants.ts';
import { readStoredFolder } from './stored-folder.ts';

export interface StoredFetchInit {
  /** The page's own origin: the only one that is ever asked. */
  readonly origin: string;
}

export interface StoredFetchDeps {
  /** Null where the browser has none (an insecure origin). */
  readonly caches: CacheStorage | null;
  readonly fetch: Fetch;
}

/**
 * Reads models from what is stored, and from the page's own server what is not. A model of another server that is not
 * stored rejects with model/not-found: nothing here asks that server.
 */
export function createStoredFetch(init: StoredFetchInit, deps: StoredFetchDeps): Fetch {
  return async (url, options) => {
    const stored = deps.caches === null ? undefined : await match(url, deps.caches);
    if (stored !== undefined) return stored;
    if (new URL(url).origin === init.origin) return deps.fetch(url, options);
    throw new WeftError('model/not-found', `${nameOf(url)} of this model is not in this browser.`, {
      hints: ['Download the model on the models page, then load it again.'],
    });
  };
}

async function match(url: string, caches: CacheStorage): Promise<Response | undefined> {
  if (url.endsWith(`/${MANIFEST_NAME}`)) {
    // A folder of which a part is here is no model yet; its own server may have the whole.
    const folder = await readStoredFolder(url.slice(0, -MANIFEST_NAME.length), caches);
    return folder?.isComplete === true ? (await caches.open(MANIFEST_STORE)).match(url) : undefined;
  }
  for (const store of [MODEL_STORE, CONFIG_STORE, LIBRARY_STORE]) {
    const response = await (await caches.open(store)).match(url);
    if (response !== undefined) return response;
  }
  return undefined;
}

function nameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1).slice(0, 200);
}
