import { WeftError } from '../../protocol/errors.ts';
import { logitTolerance } from '../logit-tolerance.ts';
import type { Arithmetic } from '../logit-tolerance.ts';
import type { WebLlmSequence } from './webllm-sequence.ts';

const TOKENS = 12;
/** Where the text is cut in two. */
const CUT = 5;
/** Differences below this are left to the self-test: the error looked for is as large as the logits themselves. */
const LEAST = 5e-2;

/**
 * Reads a short text at once and in parts. Where the parts give other logits, appends are avoided from then on. Throws
 * engine/self-test where single ids do, too, or logits are no numbers. The cache is not kept.
 */
export async function checkAppends(
  sequence: WebLlmSequence,
  arithmetic: Arithmetic,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tolerance = Math.max(LEAST, logitTolerance(arithmetic));
  const options = signal ? { signal } : {};
  const ids = Uint32Array.from({ length: TOKENS }, (_, at) => (7 * at + 3) % sequence.vocabSize);
  const [atOnce] = await sequence.audit(ids, Uint32Array.of(TOKENS - 1), options);
  const inParts = async (cut: number) => {
    sequence.distrust();
    await sequence.append(ids.subarray(sequence.keep(ids), cut), options);
    return difference(atOnce!, await sequence.append(ids.subarray(cut), options));
  };
  // The last id alone, as answers are written: this has to be right on every GPU.
  const worst = await inParts(TOKENS - 1);
  if (worst <= tolerance) {
    if ((await inParts(CUT)) > tolerance) sequence.avoidAppends();
    return;
  }
  throw new WeftError(
    'engine/self-test',
    Number.isFinite(worst)
      ? `This GPU computes the model wrongly: the same text gives logits that are ${(100 * worst).toPrecision(2)} % apart.`
      : 'This GPU computes the model wrongly: its logits are not numbers.',
    {
      hints: [
        'Update the browser and the graphics driver, then load the model again.',
        'Run the model with the built-in engine, or choose another one.',
      ],
    },
  );
}

/** Infinity where a logit is no number. */
function difference(a: Float32Array, b: Float32Array): number {
  let worst = 0;
  let scale = 1e-6;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs(a[i]! - b[i]!);
    if (!Number.isFinite(apart)) return Infinity;
    if (apart > worst) worst = apart;
    scale = Math.max(scale, Math.abs(a[i]!));
  }
  return worst / scale;
}
