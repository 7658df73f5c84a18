import type { Transformer } from '../builtin/model/transformer.ts';
import type { PromptImage } from './vision.ts';

/** A transformer that knows which ids its KV cache holds, so that a next prompt reads only what is new. */
export interface CachedSequence {
  /** Tokens that prompt and answer may have together. */
  readonly contextLimit: number;
  readonly vocabSize: number;
  /**
   * Drops from the cache what is not a common beginning with `ids` and returns how many are left; always fewer than
   * `ids.length`, since the last id must be computed for its logits.
   */
  keep(ids: Uint32Array): number;
  /**
   * Appends ids, of which some may stand for `images`; logits `[vocab]` after the last, valid until the call after the
   * next. Rejects with the signal's reason between chunks: what was read stays in the cache.
   */
  append(
    ids: Uint32Array,
    options: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (doneTokens: number) => void;
      readonly images?: readonly PromptImage[];
    },
  ): Promise<Float32Array>;
  /** Appends one id; dispatched before this returns. Same result. */
  next(id: number): Promise<Float32Array>;
  /** After a failure nobody knows what the cache holds: the next prompt is read from its beginning. */
  distrust(): void;
}

export function createCachedSequence(transformer: Transformer): CachedSequence {
  const ids = new Uint32Array(transformer.maxLength);
  let isTrusted = true;
  return {
    contextLimit: transformer.maxLength,
    vocabSize: transformer.config.vocabSize,
    keep(wanted) {
      const most = isTrusted ? Math.min(transformer.length, wanted.length - 1) : 0;
      let common = 0;
      while (common < most && ids[common] === wanted[common]) common++;
      transformer.truncate(common);
      isTrusted = true;
      return common;
    },
    append(more, options) {
      ids.set(more, transformer.length);
      return transformer.prefill(more, options);
    },
    next(id) {
      ids[transformer.length] = id;
      return transformer.decode(id);
    },
    distrust() {
      isTrusted = false;
    },
  };
}
