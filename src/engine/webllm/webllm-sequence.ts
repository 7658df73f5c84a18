import { WeftError } from '../../protocol/errors.ts';
import type { ChatImage } from '../../protocol/chat-image.ts';
import { FIRST_IMAGE_ID } from '../../protocol/par1/image-ids.ts';
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
  /** Pictures are texts of many positions behind another one: they need appends. */
  readonly canSee: () => boolean;
}

export interface WebLlmSequenceInit {
  readonly pass: ForwardPass;
  readonly contextLimit: number;
  readonly vocabSize: number;
  /** Appends a picture of `count` positions to the network's cache; null where it does not see. */
  readonly see: ((image: ChatImage, count: number) => Promise<void>) | null;
  /** Turns what WebLLM throws into something to tell. */
  readonly explain: (error: unknown) => WeftError;
}

export function createWebLlmSequence(init: WebLlmSequenceInit): WebLlmSequence {
  const { pass, contextLimit, vocabSize, see, explain } = init;
  const ids = new Uint32Array(contextLimit);
  /** Where pictures begin and end in the cache: it keeps a picture whole or not at all. */
  let pictures: { readonly from: number; readonly to: number }[] = [];
  let length = 0;
  let isTrusted = true;
  let isAppendingRight = true;
  /** What is under way: WebLLM takes one call at a time. */
  let last: Promise<unknown> | null = null;

  const reset = () => {
    pass.reset();
    length = 0;
    pictures = [];
    isTrusted = true;
  };

  /** One call; at once where none is under way. */
  const forward = <Result>(more: Uint32Array, compute: () => Promise<Result>): Promise<Result> => {
    const work = last === null ? step(more, compute) : last.then(() => step(more, compute));
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

  const step = async <Result>(more: Uint32Array, compute: () => Promise<Result>): Promise<Result> => {
    checkRoom(more);
    ids.set(more, length);
    try {
      const result = await compute();
      length += more.length;
      const counted = pass.cachedTokens();
      if (counted !== null && counted !== length) throw miscounted(counted, length);
      return result;
    } catch (error) {
      isTrusted = false;
      throw explain(error);
    }
  };

  const readText = (more: Uint32Array): Promise<Float32Array> =>
    forward(more, () => {
      checkIds(more);
      return pass.forward(more);
    });

  const look = async (image: ChatImage, more: Uint32Array): Promise<void> => {
    if (see === null || !isAppendingRight) throw blind();
    await forward(more, () => see(image, more.length));
    pictures.push({ from: length - more.length, to: length });
  };

  const checkRoom = (more: Uint32Array) => {
    if (more.length === 0)
      throw new WeftError('engine/bad-input', 'No token ids were given; at least one was expected.');
    if (length + more.length > contextLimit) {
      throw new WeftError(
        'engine/context-full',
        `The text needs ${length + more.length} tokens; the model keeps ${contextLimit}.`,
        { hints: ['Start a new chat, or let the conversation be summarised.'] },
      );
    }
  };

  const checkIds = (more: Uint32Array) => {
    const outside = more.find((id) => id >= vocabSize);
    if (outside === undefined) return;
    if (outside >= FIRST_IMAGE_ID) throw blind();
    throw new WeftError(
      'engine/bad-input',
      `Token id ${outside} is outside the vocabulary of ${vocabSize}; the tokenizer may belong to another model.`,
    );
  };

  const append: CachedSequence['append'] = async (more, { signal, onProgress, images = [] }) => {
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
      const shown = images.find(({ at }) => at === done);
      const untilImage = (images.find(({ at }) => at > done)?.at ?? Infinity) - done;
      const most = isAppendingRight || length === 0 ? pass.chunkTokens : 1;
      const chunk = rest.subarray(0, shown?.count ?? Math.min(most, untilImage));
      let logits: Float32Array | null = null;
      if (shown === undefined) logits = await readText(chunk);
      else await look(shown.image, chunk);
      rest = rest.subarray(chunk.length);
      done += chunk.length;
      if (done > 0) onProgress?.(done);
      if (rest.length > 0) continue;
      if (logits === null) throw new WeftError('engine/bad-input', 'A text ends with a picture; words were expected.');
      return logits;
    }
  };

  return {
    contextLimit,
    vocabSize,
    keep(wanted) {
      const most = isTrusted ? Math.min(length, wanted.length - 1) : 0;
      let common = 0;
      while (common < most && ids[common] === wanted[common]) common++;
      common = pictures.find(({ from, to }) => from < common && common < to)?.from ?? common;
      if (common < length && common > 0 && pass.drop !== null) {
        pass.drop(length - common);
        length = common;
        pictures = pictures.filter(({ to }) => to <= common);
      } else if (common < length || !isTrusted) {
        reset();
      }
      return length;
    },
    append,
    next: (id) => readText(Uint32Array.of(id)),
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
    canSee: () => see !== null && isAppendingRight,
  };
}

/** Where ids of a picture come without it, or to a network that sees none: a record of an answer keeps only the hash. */
function blind(): WeftError {
  return new WeftError('engine/bad-input', 'The text holds a picture that cannot be shown to this model.', {
    hints: ['Choose a model that sees pictures.', 'Answers about pictures cannot be computed again from their record.'],
  });
}

function miscounted(counted: number, expected: number): WeftError {
  return new WeftError(
    'app/internal',
    `WebLLM counts ${counted} tokens in its cache where ${expected} were given to it.`,
    { hints: ['Load the model again.', 'If it stays, run the model with the built-in engine.'] },
  );
}
