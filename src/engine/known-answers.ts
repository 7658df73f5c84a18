import { WeftError } from '../protocol/errors.ts';
import type { CachedSequence } from './session/cached-sequence.ts';
import type { GoldenCase } from './session/golden.ts';

/** Largest difference of a logit from the known one, relative to the largest known one: f32 on any honest GPU. */
const TOLERANCE = 2e-3;

/** How far logits are from the known ones, relative, and whether their order at the top is the known one. */
export interface KnownAnswerResult {
  readonly ok: boolean;
  readonly relativeError: number;
}

/** Compares logits `[vocab]` after a golden prompt with the known ones. */
export function compareWithGolden(golden: GoldenCase, logits: Float32Array): KnownAnswerResult {
  const scale = Math.max(1, ...golden.topLogits.map(Math.abs));
  const errors = golden.topIds.map((id, at) => Math.abs(logits[id]! - golden.topLogits[at]!) / scale);
  // NaN must not look like the smallest error.
  const relativeError = errors.reduce((worst, error) => (error <= worst ? worst : error), 0);
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  const nearTie = Math.abs(logits[best]! - logits[golden.topIds[0]!]!) <= TOLERANCE * scale;
  return { ok: relativeError <= TOLERANCE && (best === golden.topIds[0] || nearTie), relativeError };
}

/** A short check before a model is used: a device that computes wrongly is refused. Throws engine/self-test. */
export async function checkKnownAnswer(
  golden: GoldenCase,
  sequence: CachedSequence,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ids = Uint32Array.from(golden.promptIds);
  const logits = await sequence.append(ids.subarray(sequence.keep(ids)), signal ? { signal } : {});
  const { ok, relativeError } = compareWithGolden(golden, logits);
  if (ok) return;
  throw new WeftError(
    'engine/self-test',
    `This GPU computes this model wrongly: a known answer is off by ${(100 * relativeError).toPrecision(2)} %.`,
    {
      hints: [
        'Update the graphics driver and the browser.',
        'Try another browser, or another GPU if this device has two.',
      ],
    },
  );
}
