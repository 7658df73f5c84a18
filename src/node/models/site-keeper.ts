import type { Fetch } from '../../engine/session/fetch-bytes.ts';
import type { SiteConfig } from '../../protocol/site-config.ts';
import { SITE_NOTE } from './constants.ts';
import { readModelNotes } from './model-notes.ts';
import type { NotesDeps } from './model-notes.ts';
import { readSiteConfig } from './read-site-config.ts';
import type { ReadSiteConfigInit } from './read-site-config.ts';

export interface SiteKeeperDeps extends NotesDeps {
  readonly fetch: Fetch;
  /** The server says something else than it did. */
  readonly onChange: () => Promise<void>;
}

/**
 * Asks the page's server what it offers and keeps the answer; what it said last counts while it does not answer. Calls
 * during a question share it.
 */
export function createSiteKeeper(init: ReadSiteConfigInit, deps: SiteKeeperDeps): () => Promise<void> {
  const ask = async (): Promise<void> => {
    const site = await readSiteConfig(init, deps);
    if (site === null || init.signal.aborted) return;
    const { site: before } = await readModelNotes(deps);
    if (isSame(site, before)) return;
    await deps.writeNote(SITE_NOTE, site);
    await deps.onChange();
  };
  let asking: Promise<void> | null = null;
  return () => (asking ??= ask().finally(() => (asking = null)));
}

function isSame(a: Omit<SiteConfig, 'version'>, b: Omit<SiteConfig, 'version'>): boolean {
  return JSON.stringify([a.modelHosts, a.models, a.chain]) === JSON.stringify([b.modelHosts, b.models, b.chain]);
}
