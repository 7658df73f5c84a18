import { downloadModel } from '../../engine/downloads/download-model.ts';
import type { DownloadModelDeps } from '../../engine/downloads/download-model.ts';
import { checkModelAllowed } from '../../engine/downloads/allowed-origin.ts';
import type { OriginPolicy } from '../../engine/downloads/allowed-origin.ts';
import { WeftError } from '../../protocol/errors.ts';
import { abortable } from '../abortable.ts';
import type { DownloadProgress } from '../app.ts';
import { DOWNLOADS_LOCK, MODEL_LOCK } from './constants.ts';
import type { ModelNotes, Wish } from './model-notes.ts';

export interface DownloadRunner {
  /** Must be called when the notes changed: begins, goes on or stops accordingly. */
  wake(): void;
  /** Lets go of the downloads; another tab goes on. Resolves when nothing is written any more. */
  stop(): Promise<void>;
}

export interface DownloadRunnerDeps {
  readonly download: DownloadModelDeps;
  readonly locks: LockManager | null;
  readonly readNotes: () => Promise<ModelNotes>;
  /** Asks the page's server which other servers it names now. */
  readonly refreshSite: () => Promise<void>;
  readonly policyOf: (notes: ModelNotes) => OriginPolicy;
  /** Writes how it ended and tells every tab. */
  readonly settle: (modelId: string, state: 'stored' | 'failed', error: WeftError | null) => Promise<void>;
  readonly onProgress: (modelId: string, progress: DownloadProgress) => void;
  /** A failure of no model's. */
  readonly onError: (error: unknown) => void;
}

/** Why a running download is ended, where nobody needs to be told. */
class NotWanted extends Error {}

/**
 * Downloads what is wanted, one model at a time, in the one tab of the profile that holds the lock. When that tab goes,
 * however it goes, the next one in line continues.
 */
export function createDownloadRunner(deps: DownloadRunnerDeps): DownloadRunner {
  const stopped = new AbortController();
  let changed = Promise.withResolvers<undefined>();
  let current: { readonly modelId: string; readonly abort: AbortController } | null = null;

  const wantedOf = ({ wishes }: ModelNotes): readonly Wish[] => wishes.filter(({ state }) => state === 'wanted');

  const whyNot = (notes: ModelNotes, modelId: string): unknown => {
    const wish = wantedOf(notes).find(({ model }) => model.id === modelId);
    if (wish === undefined) return new NotWanted('not wanted any more');
    try {
      checkModelAllowed(wish.model, deps.policyOf(notes));
      return null;
    } catch (error) {
      return error;
    }
  };

  const wake = () => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
    const running = current;
    if (running === null) return;
    deps.readNotes().then((notes) => {
      const reason = whyNot(notes, running.modelId);
      if (reason !== null) running.abort.abort(reason);
    }, deps.onError);
  };

  const work = async (modelId: string): Promise<void> => {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, stopped.signal]);
    current = { modelId, abort };
    try {
      // The operator may have taken a host away since.
      await abortable(deps.refreshSite().catch(deps.onError), signal);
      // Read again, now that whoever was at the files has let go of them.
      const notes = await deps.readNotes();
      const wish = wantedOf(notes).find(({ model }) => model.id === modelId);
      if (wish === undefined) return;
      await downloadModel(
        {
          model: wish.model,
          policy: deps.policyOf(notes),
          signal,
          onProgress: (progress) => deps.onProgress(modelId, progress),
        },
        deps.download,
      );
      await deps.settle(modelId, 'stored', null);
    } catch (error) {
      // Paused, cancelled, or another tab goes on.
      if (abort.signal.reason instanceof NotWanted || stopped.signal.aborted) return;
      await deps.settle(modelId, 'failed', WeftError.from(abort.signal.reason ?? error));
    } finally {
      current = null;
    }
  };

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      // Taken before reading: a change while reading is not missed.
      const next = changed.promise;
      try {
        const [wish] = wantedOf(await deps.readNotes());
        if (wish === undefined) await next;
        else if (deps.locks === null) await work(wish.model.id);
        else
          await deps.locks.request(MODEL_LOCK + wish.model.id, { signal: stopped.signal }, () => work(wish.model.id));
      } catch (error) {
        // The notes cannot be read or written now, on a full disk perhaps. Whoever makes room changes something.
        if (error !== stopped.signal.reason) deps.onError(error);
        await next;
      }
    }
  };

  const ended = (async () => {
    try {
      if (deps.locks === null) await run();
      else await deps.locks.request(DOWNLOADS_LOCK, { signal: stopped.signal }, run);
    } catch (error) {
      if (!stopped.signal.aborted) deps.onError(error);
    }
  })();

  return {
    wake,
    async stop() {
      stopped.abort(new Error('this tab is closing'));
      changed.resolve(undefined);
      await ended;
    },
  };
}
