import { WeftError } from '../../protocol/errors.ts';
import type { EmbedResult } from '../engine.ts';
import type { EmbeddingTokenizer } from './embedding-tokenizer.ts';
import type { RunningEmbedding } from './embedding-runtime.ts';

export interface EmbedTextsDeps {
  readonly tokenize: EmbeddingTokenizer;
  readonly gpu: RunningEmbedding;
}

/**
 * Vectors of texts, each of length 1, so that their product is the cosine of the angle between them. Only texts of the same
 * number of tokens go together, so that none is filled up: the libraries of WebLLM v0_2_80 take the filling for text, which
 * moved vectors by up to 0.09 in a coordinate. Throws engine/context-full for a text that is too
 * long, engine/self-test where the network gives no direction, and the signal's reason between batches.
 */
export async function embedTexts(
  inputs: readonly string[],
  { tokenize, gpu }: EmbedTextsDeps,
  signal: AbortSignal | undefined,
): Promise<EmbedResult> {
  const texts = inputs.map((input, at) => {
    const ids = tokenize(input);
    if (ids.length > gpu.contextLimit) throw tooLong(at, ids.length, gpu.contextLimit);
    return { at, ids };
  });
  const vectors = new Array<Float32Array>(inputs.length);
  for (const alike of Map.groupBy(texts, ({ ids }) => ids.length).values()) {
    for (let from = 0; from < alike.length; from += gpu.batchSize) {
      signal?.throwIfAborted();
      const batch = alike.slice(from, from + gpu.batchSize);
      const raw = await gpu.embed(batch.map(({ ids }) => ids));
      gpu.check();
      for (const [place, { at }] of batch.entries()) vectors[at] = ofLengthOne(raw[place]!);
    }
  }
  signal?.throwIfAborted();
  return { vectors, promptTokens: texts.reduce((sum, { ids }) => sum + ids.length, 0) };
}

function ofLengthOne(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (Number.isFinite(length) && length > 0) return vector.map((value) => value / length);
  throw new WeftError('engine/self-test', 'This GPU computes the model wrongly: a vector has no direction.', {
    hints: ['Update the browser and the graphics driver, then try again.', 'Choose another model.'],
  });
}

function tooLong(at: number, tokens: number, contextLimit: number): WeftError {
  return new WeftError(
    'engine/context-full',
    `inputs[${at}] has ${tokens} tokens; the model reads at most ${contextLimit} of one text.`,
    { hints: ['Shorten this text, or cut it into several.'] },
  );
}
