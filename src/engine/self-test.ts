import type { GoldenCase } from './session/golden.ts';
import { measureCopyBandwidth } from './copy-bandwidth.ts';
import type { SelfTestCheck, SelfTestReport } from './engine.ts';
import { compareWithGolden } from './known-answers.ts';
import { logitTolerance } from './logit-tolerance.ts';
import type { RunningModel } from './session/runtime.ts';

export interface SelfTestSubject extends Pick<
  RunningModel,
  'device' | 'sequence' | 'audit' | 'runtime' | 'layerCount'
> {
  /** MLC's name. */
  readonly quantization: string;
  readonly golden: readonly GoldenCase[];
}

/** Decode steps that the speed is taken from. */
const SPEED_STEPS = 24;
/** Tokens of the append check, and where it is cut in two. */
const APPEND_TOKENS = 24;
const APPEND_CUT = 9;

/** Checks a loaded model on this device, and how fast it is. The conversation's cache is not kept. */
export async function runSelfTest(
  subject: SelfTestSubject,
  deps: { readonly nowMs: () => number },
  signal: AbortSignal | undefined,
): Promise<SelfTestReport> {
  const checks: SelfTestCheck[] = [];
  for (const check of [knownAnswers, appendVersusOnePass, copyBandwidth, decodeSpeed]) {
    signal?.throwIfAborted();
    checks.push(await check(subject, deps, signal));
  }
  return { ok: checks.every(({ ok }) => ok), checks };
}

type Check = (
  subject: SelfTestSubject,
  deps: { readonly nowMs: () => number },
  signal: AbortSignal | undefined,
) => Promise<SelfTestCheck>;

/** The likeliest tokens and the greedy answer of each golden case, from one prefill each. */
const knownAnswers: Check = async (subject, _deps, signal) => {
  const { audit, golden } = subject;
  const name = 'known-answers';
  if (golden.length === 0) {
    return { name, ok: true, detail: 'This model has no known answers to compare with.', value: 0, unit: 'answers' };
  }
  let worst = 0;
  let right = 0;
  for (const one of golden) {
    const ids = Uint32Array.from([...one.promptIds, ...one.greedyIds.slice(0, -1)]);
    const positions = Uint32Array.from(one.greedyIds, (_, at) => one.promptIds.length - 1 + at);
    const logits = await audit(ids, positions, signal ? { signal } : {});
    const first = compareWithGolden(one, logits[0]!, logitTolerance(subject));
    worst = Math.max(worst, first.relativeError);
    if (first.ok && one.greedyIds.every((id, at) => isLikeliest(logits[at]!, id))) right++;
  }
  return {
    name,
    ok: right === golden.length,
    detail: `${right} of ${golden.length} known answers came out, logits at most ${percent(worst)} off.`,
    value: worst,
    unit: 'relative error',
  };
};

/** The same text read at once, in two parts, and token by token must give the same logits. */
const appendVersusOnePass: Check = async (subject, _deps, signal) => {
  const { audit, sequence, golden } = subject;
  const options = signal ? { signal } : {};
  const text = golden[0] === undefined ? [] : [...golden[0].promptIds, ...golden[0].greedyIds];
  const ids = Uint32Array.from(
    { length: Math.min(APPEND_TOKENS, sequence.contextLimit) },
    (_, at) => text[at] ?? (7 * at + 3) % sequence.vocabSize,
  );
  const [onePass] = await audit(ids, Uint32Array.of(ids.length - 1), options);
  const cut = Math.min(APPEND_CUT, ids.length - 2);
  sequence.keep(Uint32Array.of(sequence.vocabSize)); // No cache begins with an id outside the vocabulary: all is dropped.
  await sequence.append(ids.subarray(0, cut), options);
  await sequence.append(ids.subarray(cut, -1), options);
  const appended = await sequence.next(ids.at(-1)!);
  const worst = largestDifference(onePass!, appended);
  return {
    name: 'append-vs-one-pass',
    ok: worst <= logitTolerance(subject),
    detail: `A text read in parts gives logits that are at most ${percent(worst)} off those of one pass.`,
    value: worst,
    unit: 'relative error',
  };
};

const copyBandwidth: Check = async ({ device }, { nowMs }, signal) => {
  const bytesPerSecond = await measureCopyBandwidth(device, { nowMs }, signal);
  const value = bytesPerSecond / 1e9;
  return {
    name: 'copy-bandwidth',
    ok: value > 0,
    detail: `The GPU copies ${value.toFixed(1)} GB per second from buffer to buffer.`,
    value,
    unit: 'GB/s',
  };
};

const decodeSpeed: Check = async ({ sequence }, { nowMs }, signal) => {
  const start = Uint32Array.of(1 % sequence.vocabSize, 2 % sequence.vocabSize);
  await sequence.append(start.subarray(sequence.keep(start)), signal ? { signal } : {});
  const steps = Math.min(SPEED_STEPS, sequence.contextLimit - start.length);
  const startedAtMs = nowMs();
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    await sequence.next(step % sequence.vocabSize);
  }
  const value = (1000 * steps) / Math.max(nowMs() - startedAtMs, 1e-3);
  return {
    name: 'decode-speed',
    ok: value > 0,
    detail: `It writes ${value.toFixed(1)} tokens per second.`,
    value,
    unit: 'tokens/s',
  };
};

/** Allows for a tie that float sums decide differently elsewhere. */
function isLikeliest(logits: Float32Array, id: number): boolean {
  let top = -Infinity;
  for (const logit of logits) if (logit > top) top = logit;
  return logits[id]! >= top - 1e-3 * Math.max(1, Math.abs(top));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  let worst = 0;
  let scale = 1;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= worst)) worst = difference;
    scale = Math.max(scale, Math.abs(a[i]!));
  }
  return worst / scale;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toPrecision(2)} %`;
}
