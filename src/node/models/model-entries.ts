import type { RankedModel } from '../../engine/catalogue/rank-models.ts';
import type { StoredParts } from '../../engine/downloads/stored-models.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { WireError } from '../../protocol/errors.ts';
import type { DownloadProgress, ModelEntry } from '../app.ts';
import type { Wish } from './model-notes.ts';

export interface ModelEntriesInit {
  /** Best first. */
  readonly ranked: readonly RankedModel[];
  readonly wishes: readonly Wish[];
  /** By the model's id; only of those that are wished for. */
  readonly stored: ReadonlyMap<string, StoredParts>;
  /** The download under way, in whichever tab. */
  readonly active: { readonly modelId: string; readonly progress: DownloadProgress } | null;
  /** The entries before: those that are the same keep their identity. */
  readonly before: readonly ModelEntry[];
}

/** What the page shows of each model. */
export function modelEntries({ ranked, wishes, stored, active, before }: ModelEntriesInit): readonly ModelEntry[] {
  const wishOf = new Map(wishes.map((wish) => [wish.model.id, wish]));
  const old = new Map(before.map((entry) => [entry.model.id, entry]));
  return ranked.map(({ model, fit, isRecommended }) => {
    const entry = { model, fit, isRecommended, ...stateOf(model.id) };
    const last = old.get(model.id);
    return last !== undefined && isSame(last, entry) ? last : entry;

    function stateOf(id: string): Pick<ModelEntry, 'stored' | 'storedBytes' | 'progress' | 'error'> {
      // Its files come with the page and are kept by the service worker.
      if (model.source === 'guide') {
        return { stored: 'ready', storedBytes: model.download.bytes, progress: null, error: null };
      }
      const wish = wishOf.get(id);
      if (wish === undefined) return { stored: 'absent', storedBytes: 0, progress: null, error: null };
      const parts = stored.get(id);
      const storedBytes = parts?.storedBytes ?? 0;
      const still = stillProgress(storedBytes, parts?.totalBytes ?? model.download.bytes);
      switch (wish.state) {
        case 'wanted':
          return active?.modelId === id
            ? { stored: 'downloading', storedBytes, progress: active.progress, error: null }
            : { stored: 'waiting', storedBytes, progress: still, error: null };
        case 'paused':
          return { stored: 'paused', storedBytes, progress: still, error: null };
        case 'failed':
          return { stored: 'failed', storedBytes, progress: null, error: wish.error };
        case 'stored':
          return parts?.isReady === false
            ? { stored: 'failed', storedBytes, progress: null, error: INCOMPLETE }
            : { stored: 'ready', storedBytes, progress: null, error: null };
      }
    }
  });
}

/** Files went (the browser made room, another program cleaned up), or a newer page needs another library. */
const INCOMPLETE: WireError = new WeftError('download/truncated', 'A part of this model is missing in this browser.', {
  hints: ['Download it again: only what is missing is fetched.'],
  retryable: true,
}).toWire();

function stillProgress(loadedBytes: number, totalBytes: number): DownloadProgress {
  return {
    loadedBytes,
    totalBytes: Math.max(totalBytes, loadedBytes),
    bytesPerSecond: null,
    secondsLeft: null,
    phase: 'downloading',
  };
}

function isSame(a: ModelEntry, b: ModelEntry): boolean {
  return (
    a.model === b.model &&
    a.fit === b.fit &&
    a.isRecommended === b.isRecommended &&
    a.stored === b.stored &&
    a.storedBytes === b.storedBytes &&
    a.error === b.error &&
    (a.progress === b.progress ||
      (a.progress?.loadedBytes === b.progress?.loadedBytes &&
        a.progress?.totalBytes === b.progress?.totalBytes &&
        a.progress?.bytesPerSecond === b.progress?.bytesPerSecond &&
        a.progress?.phase === b.progress?.phase))
  );
}
