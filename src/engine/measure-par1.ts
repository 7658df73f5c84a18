import { createTap } from '../protocol/par1/tap.ts';
import type { CachedSequence } from './session/cached-sequence.ts';

export interface MeasurePar1Init {
  /** Of a whole model; its cache is not kept. */
  readonly sequence: CachedSequence;
  /** Context before the first measured token. */
  readonly promptTokens: number;
  /** Tokens decoded in each round with PAR-1, and as many without. */
  readonly decodeTokens: number;
  readonly rounds: number;
  /** What an engine without proofs would do with logits `[vocab]`. */
  readonly plainSampler: (logits: Float32Array) => number;
  readonly signal?: AbortSignal | undefined;
}

/** Medians of one run, so that ratios between them mean something. */
export interface Par1Figures {
  /** With PAR-1: sample, dispatch, commit while the GPU works. */
  readonly decodeTokensPerSecond: number;
  readonly par1MsPerToken: number;
  readonly plainMsPerToken: number;
  /** Time per token with PAR-1 over time per token without, from neighbouring tokens; over the rounds. */
  readonly par1Ratio: { readonly median: number; readonly lowest: number; readonly highest: number };
  /** PAR-1's own work on the processor per token, whether or not the GPU hides it. */
  readonly par1WorkMs: number;
}

const PARAMS = { temperatureQ: 717, topPBps: 9500, topK: 32 } as const;

/** Measures decoding with PAR-1 and without, by turns, so that both meet the same machine. Any runtime's sequence will do. */
export async function measurePar1(
  init: MeasurePar1Init,
  { nowMs }: { readonly nowMs: () => number },
): Promise<Par1Figures> {
  const { sequence, promptTokens, decodeTokens, rounds, plainSampler, signal } = init;
  const { vocabSize } = sequence;
  const seed = new Uint8Array(32).fill(7);
  const prompt = Uint32Array.from({ length: promptTokens }, (_, at) => (31 * at + 5) % vocabSize);
  const work: number[] = [];
  const par1: number[] = [];
  const plain: number[] = [];

  /** With, without, without, with. */
  const runRound = async (): Promise<number> => {
    const tap = createTap({ seed, vocabSize, params: PARAMS, maxTokens: decodeTokens + 1, stopTokens: [] });
    let logits = await sequence.append(prompt.subarray(sequence.keep(prompt)), signal ? { signal } : {});
    const [from, fromPlain] = [par1.length, plain.length];
    for (let step = 0; step < 2 * decodeTokens; step++) {
      const usesPar1 = step % 4 === 0 || step % 4 === 3;
      const startedAtMs = nowMs();
      const id = usesPar1 ? tap.sample(logits) : plainSampler(logits);
      const sampledAtMs = nowMs();
      const next = sequence.next(id);
      const sentAtMs = nowMs();
      if (usesPar1) {
        tap.commit();
        work.push(sampledAtMs - startedAtMs + nowMs() - sentAtMs);
      }
      logits = await next;
      (usesPar1 ? par1 : plain).push(nowMs() - startedAtMs);
    }
    return median(par1.slice(from).map((ms, at) => ms / plain[fromPlain + at]!));
  };

  // One round that only warms up what the others measure.
  await runRound();
  for (const times of [work, par1, plain]) times.length = 0;
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    ratios.push(await runRound());
  }
  return {
    decodeTokensPerSecond: 1000 / median(par1),
    par1MsPerToken: median(par1),
    plainMsPerToken: median(plain),
    par1Ratio: { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) },
    par1WorkMs: median(work),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
