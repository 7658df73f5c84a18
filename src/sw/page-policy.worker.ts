import { SITE_CONFIG_PATH } from '../protocol/site-config.ts';
import type { PrecachePlugin } from './checked-precache.worker.ts';

const CACHE = 'weft/page-policy';
const POLICY = 'Content-Security-Policy';
/** What runs under a policy of its own; every other file runs under that of the page. */
const WITH_POLICY: ReadonlySet<string> = new Set(['document', 'worker', 'sharedworker']);
/** How long the page waits for the server's word; offline the answer is there at once. */
const MAX_WAIT_MS = 400;

/**
 * Gives the stored page the policy that the server has today. The policy comes with the page's files and says which hosts
 * may be contacted; without this a change of the operator's settings would reach nobody until the page's next version.
 */
export function createPagePolicy(): PrecachePlugin {
  return {
    async handlerWillRespond({ event, response }) {
      if (!(event instanceof FetchEvent) || !WITH_POLICY.has(event.request.destination)) return response;
      if (event.request.mode === 'navigate') {
        const asked = askServer();
        event.waitUntil(asked);
        await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, MAX_WAIT_MS))]);
      }
      const policy = await readPolicy();
      if (policy === null) return response;
      const headers = new Headers(response.headers);
      headers.set(POLICY, policy);
      return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
    },
  };
}

async function askServer(): Promise<void> {
  const answer = await fetch(SITE_CONFIG_PATH, { cache: 'no-cache' }).catch(() => null);
  const policy = answer?.ok === true ? answer.headers.get(POLICY) : null;
  if (policy === null || policy === (await readPolicy())) return;
  await (await caches.open(CACHE)).put(SITE_CONFIG_PATH, new Response(policy));
}

/** The server's last word, or null where it has not been asked yet: the policy stored with the file holds. */
async function readPolicy(): Promise<string | null> {
  const stored = await (await caches.open(CACHE)).match(SITE_CONFIG_PATH);
  return (await stored?.text()) ?? null;
}
