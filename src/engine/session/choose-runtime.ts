import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { EMBEDDING_TYPES } from '../catalogue/runtimes.ts';
import type { RuntimeName } from '../catalogue/catalogue-model.ts';
import type { AdapterInfo } from '../engine.ts';
import type { RuntimeMemory } from './runtime-memory.ts';
import type { ModelToRun, Runtime, RunningModel, StartModelInit } from './runtime.ts';

export interface ChooseRuntimeDeps {
  /** The first is preferred where nothing else decides. */
  readonly runtimes: readonly Runtime[];
  readonly memory: RuntimeMemory;
  readonly nowMs: () => number;
}

/** Steps before the measured ones, and of those at most and at least: a slow GPU needs no more to be told from a fast one. */
const WARM_STEPS = 2;
const MAX_STEPS = 16;
const MIN_STEPS = 3;
const LONGEST_MEASURE_MS = 2_000;

const kindSchema = v.object({ model_type: v.string() });

/** The runtimes that can try a model as `ref.runtime` asks. Throws what the wanted one, or the first, refuses it for. */
export function candidatesFor(model: ModelToRun, runtimes: readonly Runtime[]): readonly Runtime[] {
  const { ref } = model;
  const kind = v.safeParse(kindSchema, model.configJson);
  if (kind.success && EMBEDDING_TYPES.includes(kind.output.model_type)) {
    throw new WeftError('model/unsupported', `${ref.id} turns texts into vectors and writes no answers.`, {
      hints: ['Choose a chat model.'],
    });
  }
  const asked = runtimes.filter(({ name }) => ref.runtime === 'auto' || ref.runtime === name);
  const refusals = asked.map((runtime) => runtime.refuses(model));
  const able = asked.filter((_, at) => refusals[at] === null);
  if (able.length > 0) return able;
  throw (
    refusals.find((refusal) => refusal !== null) ??
    new WeftError('model/unsupported', `Nothing here runs ${ref.id} with ${ref.runtime}.`, {
      hints: ['Choose another model.'],
    })
  );
}

/**
 * Starts a model on the fastest runtime that can run it: the one measured before on this adapter, or else each in turn for
 * a few tokens. A runtime that fails leaves the model to the others. Throws what the first one failed with.
 */
export async function startFastest(init: StartModelInit, deps: ChooseRuntimeDeps): Promise<RunningModel> {
  const { ref, folder } = init;
  const candidates = candidatesFor({ ref, configJson: folder.configJson }, deps.runtimes);
  // A part of a model cannot write a token, so its speed is not compared: only one runtime has parts.
  if (candidates.length === 1 || ref.layers !== undefined) return candidates[0]!.start(init);

  const known = await deps.memory.read(ref);
  const remembered = candidates.find(({ name }) => name === known?.runtime);
  if (remembered !== undefined && known !== null) {
    const running = await remembered.start(init);
    if (sameAdapter(running.adapter, known.adapter)) return running;
    // Another GPU than the one it was measured on: measured anew, from the beginning.
    running.destroy();
  }

  const measured: { readonly runtime: Runtime; readonly tokensPerSecond: number; readonly adapter: AdapterInfo }[] = [];
  const failures: unknown[] = [];
  let last: { readonly name: RuntimeName; readonly running: RunningModel } | null = null;
  for (const runtime of candidates) {
    last?.running.destroy();
    last = null;
    try {
      const running = await runtime.start(init);
      last = { name: runtime.name, running };
      const tokensPerSecond = await measure(running, deps, init.signal);
      measured.push({ runtime, tokensPerSecond, adapter: running.adapter });
    } catch (error) {
      last?.running.destroy();
      last = null;
      init.signal?.throwIfAborted();
      failures.push(error);
    }
  }
  const [fastest] = measured.sort((a, b) => b.tokensPerSecond - a.tokensPerSecond);
  if (fastest === undefined) throw failures[0];
  // A failure may pass: only a comparison of all of them is worth keeping.
  if (failures.length === 0) {
    await deps.memory.write(ref, { runtime: fastest.runtime.name, adapter: fastest.adapter });
  }
  if (last?.name === fastest.runtime.name) return last.running;
  last?.running.destroy();
  return fastest.runtime.start(init);
}

/** Tokens per second of plain decoding. */
async function measure(
  running: RunningModel,
  { nowMs }: ChooseRuntimeDeps,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { sequence } = running;
  const start = Uint32Array.of(1, 2, 3);
  await sequence.append(start.subarray(sequence.keep(start)), signal ? { signal } : {});
  for (let step = 0; step < WARM_STEPS; step++) await sequence.next(1 + step);
  const startedAtMs = nowMs();
  let steps = 0;
  while (steps < MAX_STEPS && (steps < MIN_STEPS || nowMs() - startedAtMs < LONGEST_MEASURE_MS)) {
    signal?.throwIfAborted();
    await sequence.next(1 + (steps % 8));
    steps++;
  }
  running.check();
  return (1000 * steps) / Math.max(nowMs() - startedAtMs, 1e-3);
}

function sameAdapter(a: AdapterInfo, b: AdapterInfo): boolean {
  return a.vendor === b.vendor && a.architecture === b.architecture && a.description === b.description;
}
