import { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { createPrecacheCheck, readIntegrities, type PrecacheManifest } from './sw/checked-precache.worker.ts';
import { registerLocalGateway } from './sw/local-gateway.worker.ts';
import { createPagePolicy } from './sw/page-policy.worker.ts';

declare const self: ServiceWorkerGlobalScope & {
  /** The built page's files with their revisions, put here by the build. */
  readonly __WB_MANIFEST: PrecacheManifest;
};

/** Paths that the server answers itself; a navigation there is not one of the page's. */
const SERVER_PATHS = /^\/(?:healthz|models-of-relay|status|p2p|rpc|v1|local)(?:\/|$)/;
/** A navigation to a file (an image in its own tab) wants the file. */
const FILE_PATHS = /\/[^/]+\.[^/]+$/;

// Who asks for the server's own copy gets it: a damaged file in the cache would otherwise stay damaged for ever.
registerRoute(
  ({ request, sameOrigin }) => sameOrigin && request.cache === 'reload' && request.mode !== 'navigate',
  ({ request }) => fetch(request),
);
registerLocalGateway();
// The page with everything it needs, the built-in model included. No other origin is touched.
const manifest = self.__WB_MANIFEST;
const integrities = readIntegrities(manifest);
addPlugins([createPrecacheCheck(integrities), createPagePolicy()]);
precacheAndRoute(manifest);
cleanupOutdatedCaches();
const answerWithPage = createHandlerBoundToURL('index.html');
registerRoute(
  new NavigationRoute(
    // The bound handler does not say what the page must be; without it a repaired page would not be stored again.
    (options) => answerWithPage({ ...options, params: { integrity: integrities.get('/index.html') } }),
    { denylist: [SERVER_PATHS, FILE_PATHS] },
  ),
);

let isFirst = false;
self.addEventListener('install', () => {
  isFirst = self.registration.active === null;
});

// A first version takes the open page over, so that it is whole offline without a reload. A later one does not: the page
// that is open keeps the files it was built with until the person accepts the update.
self.addEventListener('activate', (event) => {
  if (isFirst) event.waitUntil(self.clients.claim());
});

self.addEventListener('message', (event) => {
  const data: unknown = event.data;
  const isAccept = typeof data === 'object' && data !== null && 'type' in data && data.type === 'SKIP_WAITING';
  if (isAccept) void self.skipWaiting();
});
