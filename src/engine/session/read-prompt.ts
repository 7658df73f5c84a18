import type { GenerateEvent } from '../engine.ts';
import type { CachedSequence } from './cached-sequence.ts';
import { imagesFrom } from './vision.ts';
import type { PromptImage } from './vision.ts';

type Progress = Extract<GenerateEvent, { type: 'prefill' }>;

interface PromptToRead {
  readonly ids: Uint32Array;
  /** What ids of pictures stand for. */
  readonly images: readonly PromptImage[];
}

/**
 * Reads what the cache lacks of `ids` and says how far it is; returns the logits `[vocab]` after the last id. Rejects
 * with the signal's reason. Whoever leaves early waits until the GPU has ended what it was given.
 */
export async function* readPrompt(
  { ids, images }: PromptToRead,
  sequence: CachedSequence,
  signal: AbortSignal,
): AsyncGenerator<Progress, Float32Array, undefined> {
  const cachedTokens = sequence.keep(ids);
  const progress = (doneTokens: number): Progress => ({
    type: 'prefill',
    promptTokens: ids.length,
    cachedTokens,
    doneTokens,
  });
  const left = new AbortController();
  let doneTokens = cachedTokens;
  let changed = Promise.withResolvers<null>();
  yield progress(doneTokens);

  const work = sequence.append(ids.subarray(cachedTokens), {
    signal: AbortSignal.any([signal, left.signal]),
    images: imagesFrom(images, cachedTokens),
    onProgress(done) {
      doneTokens = cachedTokens + done;
      changed.resolve(null);
    },
  });
  let isOver = false;
  try {
    for (;;) {
      const logits = await Promise.race([work, changed.promise]);
      if (logits !== null) {
        isOver = true;
        if (doneTokens < ids.length) yield progress(ids.length);
        return logits;
      }
      changed = Promise.withResolvers();
      yield progress(doneTokens);
    }
  } finally {
    if (!isOver) {
      left.abort();
      await work.catch(() => undefined);
    }
  }
}
