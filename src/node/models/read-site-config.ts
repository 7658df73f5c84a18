import * as v from 'valibot';
import type { Fetch } from '../../engine/session/fetch-bytes.ts';
import { SITE_CONFIG_PATH, siteConfigSchema } from '../../protocol/site-config.ts';
import type { SiteConfig } from '../../protocol/site-config.ts';
import { SITE_TIMEOUT_MS } from './constants.ts';

export interface ReadSiteConfigInit {
  /** The page's own. */
  readonly origin: string;
  readonly signal: AbortSignal;
}

/** What the page's server offers now; null where it did not say (offline, an error), then the last answer counts. */
export async function readSiteConfig(
  { origin, signal }: ReadSiteConfigInit,
  deps: { readonly fetch: Fetch },
): Promise<SiteConfig | null> {
  try {
    const response = await deps.fetch(new URL(SITE_CONFIG_PATH, origin).href, {
      cache: 'no-cache',
      signal: AbortSignal.any([signal, AbortSignal.timeout(SITE_TIMEOUT_MS)]),
    });
    // A plain file server has no such file: it offers nothing and allows no other server.
    if (response.status === 404) return { version: 1, modelHosts: [], models: [], chain: null };
    if (!response.ok) return null;
    const parsed = v.safeParse(siteConfigSchema, await response.json());
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
