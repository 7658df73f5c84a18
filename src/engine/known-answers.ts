import { WeftError } from '../protocol/errors.ts';
import type { CachedSequence } from './session/cached-sequence.ts';
import type { GoldenCase } from './session/golden.ts';

/** How far logits are from the known ones, relative, and whether their order at the top is the known one. */
export interface KnownAnswerResult {
  readonly ok: boolean;
  readonly relativeError: number;
}

/** Compares logits `[vocab]` after a golden prompt with the known ones. `tolerance` is relative to the largest known one. */
export function compareWithGolden(golden: GoldenCase, logits: Float32Array, tolerance: number): KnownAnswerResult {
  const scale = Math.max(1, ...golden.topLogits.map(Math.abs));
  const errors = golden.topIds.map((id, at) => Math.abs(logits[id]! - golden.topLogits[at]!) / scale);
  // NaN must not look like the smallest error.
  const relativeError = errors.reduce((worst, error) => (error <= worst ? worst : error), 0);
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  const nearTie = Math.abs(logits[best]! - logits[golden.topIds[0]!]!) <= tolerance * scale;
  return { ok: relativeError <= tolerance && (best === golden.topIds[0] || nearTie), relativeError };
}

/** A short check before a model is used: a device that computes wrongly is refused. Throws engine/self-test. */
export async function checkKnownAnswer(
  golden: GoldenCase,
  sequence: CachedSequence,
  tolerance: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ids = Uint32Array.from(golden.promptIds);
  const logits = await sequence.append(ids.subarray(sequence.keep(ids)), signal ? { signal } : {});
  const { ok, relativeError } = compareWithGolden(golden, logits, tolerance);
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
