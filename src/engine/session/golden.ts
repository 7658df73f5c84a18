import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { parsePublished } from './parse-published.ts';

/** An answer that was computed elsewhere with the same weights, in f32. */
export interface GoldenCase {
  readonly promptIds: readonly number[];
  /** The likeliest tokens after the prompt, best first, and their logits. */
  readonly topIds: readonly number[];
  readonly topLogits: readonly number[];
  /** How the answer goes on when the likeliest token is always taken. */
  readonly greedyIds: readonly number[];
}

/** Reads `golden.json`. Throws model/bad-config. */
export function parseGolden(json: unknown, vocabSize: number): readonly GoldenCase[] {
  const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(vocabSize - 1));
  const ids = v.pipe(v.array(id), v.minLength(1), v.maxLength(4096));
  const schema = v.object({
    version: v.literal(1),
    cases: v.pipe(
      v.array(
        v.pipe(
          v.object({
            promptIds: ids,
            topIds: ids,
            topLogits: v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(4096)),
            greedyIds: ids,
          }),
          v.check((one) => one.topIds.length === one.topLogits.length, 'as many topLogits as topIds'),
        ),
      ),
      v.minLength(1),
      v.maxLength(64),
    ),
  });
  const parsed = parsePublished(schema, json);
  if (parsed.success) return parsed.output.cases;
  throw new WeftError('model/bad-config', `golden.json of the model is not usable: ${parsed.issue}.`, {
    hints: ['Take the model from its publisher again.'],
  });
}
