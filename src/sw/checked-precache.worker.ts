import { getCacheKeyForURL, type addPlugins, type precacheAndRoute } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope;

export type PrecacheManifest = Parameters<typeof precacheAndRoute>[0];
export type PrecachePlugin = Parameters<typeof addPlugins>[0][number];

const PAGE = 'index.html';

/** What a person sees who is offline while the page itself is damaged; their chats are in another store. */
const DAMAGED_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Weft</title>
<h1>Weft needs the network once</h1>
<p>The copy of this page in your browser is damaged, and the server cannot be reached to repair it.</p>
<p>Connect to the network, then reload. Your chats are stored apart from the page and are not affected.</p></html>`;

/** What each precached file must be, by path; undefined where the build does not say. */
export type Integrities = ReadonlyMap<string, string | undefined>;

export function readIntegrities(manifest: PrecacheManifest): Integrities {
  return new Map(
    manifest.map((entry) => {
      const { url, integrity } = typeof entry === 'string' ? { url: entry } : entry;
      return [pathOf(url), integrity];
    }),
  );
}

/**
 * Looks at every stored file before it is used. A damaged one is deleted and counts as missing, so that Workbox asks the
 * server for it and, since the manifest says what it must be, stores it again.
 */
export function createPrecacheCheck(integrities: Integrities): PrecachePlugin {
  return {
    async cachedResponseWillBeUsed({ cacheName, request, cachedResponse }) {
      const integrity = integrities.get(pathOf(request.url));
      if (!cachedResponse || integrity === undefined) return cachedResponse ?? null;
      if ((await integrityOf(cachedResponse.clone())) === integrity) return cachedResponse;
      await (await caches.open(cacheName)).delete(request);
      return null;
    },

    /** The file is damaged or gone here, and the server has no such file: it is away, or has another version. */
    async handlerDidError({ event }) {
      if (!(event instanceof FetchEvent)) return undefined;
      const current = await fetch('/', { cache: 'no-cache' }).catch(() => null);
      const isPage = event.request.mode === 'navigate';
      if (current?.ok === true) {
        if (isPage) return current;
        // The stored page cannot be completed any more; the next opening takes the server's.
        await forgetPage();
        return undefined;
      }
      const headers = { 'Content-Type': 'text/html; charset=utf-8' };
      return isPage ? new Response(DAMAGED_PAGE, { status: 503, headers }) : undefined;
    },
  };
}

async function forgetPage(): Promise<void> {
  const key = getCacheKeyForURL(PAGE);
  if (key === undefined) return;
  for (const name of await caches.keys()) await (await caches.open(name)).delete(key);
}

async function integrityOf(response: Response): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

function pathOf(url: string): string {
  return new URL(url, self.location.href).pathname;
}
