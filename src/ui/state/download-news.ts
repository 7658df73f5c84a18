import type { ModelEntry, ModelsState, StoredState } from '../../node/app.ts';

export interface DownloadEnd {
  readonly entry: ModelEntry;
  readonly kind: 'ready' | 'failed';
}

const ON_THE_WAY: ReadonlySet<StoredState | undefined> = new Set(['waiting', 'downloading']);

/** Compares each state of the models with the one before and tells which downloads ended in between. */
export class DownloadNews {
  #before = new Map<string, StoredState>();

  read(state: ModelsState): readonly DownloadEnd[] {
    const ends: DownloadEnd[] = [];
    const now = new Map<string, StoredState>();
    for (const entry of state.entries) {
      const { stored } = entry;
      now.set(entry.model.id, stored);
      if (ON_THE_WAY.has(this.#before.get(entry.model.id)) && (stored === 'ready' || stored === 'failed')) {
        ends.push({ entry, kind: stored });
      }
    }
    this.#before = now;
    return ends;
  }
}
