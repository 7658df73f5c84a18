import { WeftError } from '../../protocol/errors.ts';
import type { CachedSequence } from '../session/cached-sequence.ts';
import type { RunningModel } from '../session/runtime.ts';
import type { ForwardPass } from './forward-pass.ts';

/** A sequence over a compiled network. */
export interface WebLlmSequence extends CachedSequence {
  /** As {@link RunningModel.audit}: one segment up to each position, so that the kernels are those of a prompt. */
  readonly audit: RunningModel['audit'];
  /**
   * From now on at most one id at a time goes to a cache that is not empty; longer texts are read again from their
   * beginning. For adapters that compute appended texts wrongly.
   */
  readonly avoidAppends: () => void;
}

export interface WebLlmSequenceInit {
  readonly pass: ForwardPass;
  readonly contextLimit: number;
  readonly vocabSize: number;
  /** Turns what WebLLM throws into something to tell. */
  readonly explain: (error: unknown) => WeftError;
}

export function createWebLlmSequence({ pass, contextLimit, vocabSize, explain }: WebLlmSequenceInit): WebLlmSequence {
  const ids = new Uint32Array(contextLimit);
  let length = 0;
  let isTrusted = true;
  let isAppendingRight = true;
  /** What is under way: WebLLM takes one call at a time. */
  let last: Promise<unknown> | null = null;

  const reset = () => {
    pass.reset();
    length = 0;
    isTrusted = true;
  };

  /** One call; at once where none is under way. */
  const forward = (more: Uint32Array): Promise<Float32Array> => {
    const work = last === null ? step(more) : last.then(() => step(more));
    const ended = work.then(
      () => undefined,
      () => undefined,
    );
    last = ended;
    void ended.then(() => {
      if (last === ended) last = null;
    });
    return work;
  };

  const step = async (more: Uint32Array): Promise<Float32Array> => {
    check(more);
    ids.set(more, length);
    try {
      const logits = await pass.forward(more);
      length += more.length;
      const counted = pass.cachedTokens();
      if (counted !== null && counted !== length) throw miscounted(counted, length);
      return logits;
    } catch (error) {
      isTrusted = false;
      throw explain(error);
    }
  };

  const check = (more: Uint32Array) => {
    if (more.length === 0)
      throw new WeftError('engine/bad-input', 'No token ids were given; at least one was expected.');
    if (length + more.length > contextLimit) {
      throw new WeftError(
        'engine/context-full',
        `The text needs ${length + more.length} tokens; the model keeps ${contextLimit}.`,
        { hints: ['Start a new chat, or let the conversation be summarised.'] },
      );
    }
    const outside = more.find((id) => id >= vocabSize);
    if (outside === undefined) return;
    throw new WeftError(
      'engine/bad-input',
      `Token id ${outside} is outside the vocabulary of ${vocabSize}; the tokenizer may belong to another model.`,
    );
  };

  const append: CachedSequence['append'] = async (more, { signal, onProgress }) => {
    let rest = more;
    let done = 0;
    const whole = length + more.length;
    if (!isAppendingRight && length > 0 && more.length > 1 && whole <= Math.min(pass.chunkTokens, contextLimit)) {
      const text = new Uint32Array(whole);
      text.set(ids.subarray(0, length));
      text.set(more, length);
      done = -length;
      rest = text;
      reset();
    }
    for (;;) {
      signal?.throwIfAborted();
      const chunk = rest.subarray(0, isAppendingRight || length === 0 ? pass.chunkTokens : 1);
      const logits = await forward(chunk);
      rest = rest.subarray(chunk.length);
      done += chunk.length;
      if (done > 0) onProgress?.(done);
      if (rest.length === 0) return logits;
    }
  };

  return {
    contextLimit,
    vocabSize,
    keep(wanted) {
      const most = isTrusted ? Math.min(length, wanted.length - 1) : 0;
      let common = 0;
      while (common < most && ids[common] === wanted[common]) common++;
      if (common < length && common > 0 && pass.drop !== null) {
        pass.drop(length - common);
        length = common;
      } else if (common < length || !isTrusted) {
        reset();
      }
      return length;
    },
    append,
    next: (id) => forward(Uint32Array.of(id)),
    distrust() {
      isTrusted = false;
    },
    async audit(text, positions, options) {
      reset();
      const found = new Map<number, Float32Array>();
      try {
        for (const position of positions.toSorted()) {
          if (position >= text.length) {
            throw new WeftError('engine/bad-input', `Position ${position} is outside a text of ${text.length} tokens.`);
          }
          if (found.has(position)) continue;
          const logits = await append(text.subarray(length, position + 1), options);
          found.set(position, logits.slice());
        }
      } finally {
        isTrusted = false;
      }
      return Array.from(positions, (position) => found.get(position)!);
    },
    avoidAppends() {
      isAppendingRight = false;
    },
  };
}

function miscounted(counted: number, expected: number): WeftError {
  return new WeftError(
    'app/internal',
    `WebLLM counts ${counted} tokens in its cache where ${expected} were given to it.`,
    { hints: ['Load the model again.', 'If it stays, run the model with the built-in engine.'] },
  );
}
