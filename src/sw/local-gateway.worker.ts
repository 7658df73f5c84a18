import { registerRoute } from 'workbox-routing';
import { createAskTab } from '../openai/local/ask-tab.ts';
import { LOCAL_GATEWAY_PATH } from '../openai/local/local-messages.ts';

declare const self: ServiceWorkerGlobalScope;

/**
 * OpenAI's endpoint within this browser: whoever of this origin asks is answered by the tab that leads. A service worker
 * hears of no request that a page of another origin makes.
 */
export function registerLocalGateway(): void {
  const ask = createAskTab({}, { tabs: () => self.clients.matchAll({ type: 'window', includeUncontrolled: true }) });
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'] as const) {
    registerRoute(
      ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith(`${LOCAL_GATEWAY_PATH}/`),
      ({ request, event }) => {
        const { response, over } = ask(request);
        // A worker that seems idle is ended by the browser, and the answer with it.
        event.waitUntil(over);
        return response;
      },
      method,
    );
  }
}
