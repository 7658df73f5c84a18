import { WeftError } from '../../../protocol/errors.ts';
import { loadWeights } from '../weights/load-weights.ts';
import { createCompiler } from './compile.ts';
import { createKvCache, type KvCache } from './kv-cache.ts';
import { checkContext, checkFits, checkIds, checkRange } from './input-checks.ts';
import { networkKernels } from './network-kernels.ts';
import { createPlanner, type Plan } from './plan.ts';
import { createRunner, fixGrids, type Staging } from './runner.ts';
import { createScratch } from './scratch.ts';
import type { CreateTransformer, PrefillOptions, Transformer } from './transformer.ts';

const DEFAULT_CHUNK_TOKENS = 128;

/** Rows of logits computed at once, and the bytes they may take. */
const MAX_LOGIT_ROWS = 16;
const MAX_LOGIT_BYTES = 16 << 20;

/** What a chunk leaves behind for its caller. */
type Wanted =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'activations'; readonly target: Float32Array }
  | { readonly kind: 'last-logits'; readonly target: Float32Array }
  | { readonly kind: 'logits'; readonly rows: readonly number[]; readonly targets: readonly Float32Array[] };

export const createTransformer: CreateTransformer = async (init, deps) => {
  const { device, config, range, maxLength } = init;
  checkRange(config, range);
  checkContext(device, config, maxLength);
  const hasEmbedding = range.from === 0;
  const hasHead = range.to === config.layerCount;
  const chunkTokens = Math.min(init.chunkTokens ?? DEFAULT_CHUNK_TOKENS, maxLength);
  const logitRows = Math.max(1, Math.min(MAX_LOGIT_ROWS, Math.floor(MAX_LOGIT_BYTES / (4 * config.vocabSize))));

  const owned: { destroy(): void }[] = [];
  const destroyAll = () => {
    for (const part of owned) part.destroy();
    owned.length = 0;
  };
  try {
    const weights = await loadWeights(init, deps.weights);
    owned.push(weights);
    const scratch = await createScratch({ device, config, chunkTokens, logitRows, maxLength, hasHead });
    owned.push(scratch);
    const compiler = createCompiler(device);
    const kernels = networkKernels(config, deps.variants);
    const planner = createPlanner({ device, kernels, weights, scratch, compiler });
    const cache = await createKvCache(device, config, range.to - range.from, maxLength);
    owned.push(cache);
    await compiler.finish();
    const plan = planner(cache);
    const decodeDispatches = fixGrids([...plan.one.embed, ...plan.one.layers, ...plan.one.head]);
    const runner = createRunner(device, scratch);
    const vocab = hasHead ? config.vocabSize : 1;
    const stagings = [runner.createStaging(vocab), runner.createStaging(vocab)] as const;
    owned.push(...stagings);
    const outputs = [new Float32Array(vocab), new Float32Array(vocab)] as const;
    const oneId = new Uint32Array(1);

    let length = 0;
    let turn = 0;
    let busy = false;
    let destroyed = false;

    const exclusively = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      if (destroyed) throw new WeftError('engine/not-loaded', 'The model has been unloaded.');
      if (busy)
        throw new WeftError('app/busy', 'The model is still working on the previous call.', { retryable: true });
      busy = true;
      try {
        return await work();
      } catch (error) {
        // Destroyed buffers fail in many ways; the reason is one.
        throw isDestroyed() ? unloaded(error) : error;
      } finally {
        busy = false;
      }
    };
    const isDestroyed = () => destroyed;

    /** Runs one chunk whose input is in place; resolves when what is wanted has been read. */
    const runChunk = async (on: Plan, tokens: number, start: number, fromIds: boolean, wanted: Wanted) => {
      const pass = tokens === 1 ? on.one : on.many;
      const body = [...(fromIds ? pass.embed : []), ...pass.layers];
      if (wanted.kind === 'last-logits') {
        runner.select([tokens - 1]);
        runner.setStep(tokens, start, 1);
        const to = stagings[turn]!;
        runner.submit([body, on.one.head], [tokens, 1], { from: scratch.logits, to, length: vocab });
        await to.read(wanted.target);
        return;
      }
      runner.setStep(tokens, start, 0);
      if (wanted.kind === 'nothing') {
        runner.submit([body], [tokens], null);
        return;
      }
      const size = wanted.kind === 'activations' ? tokens * config.hiddenSize : logitRows * vocab;
      const to = runner.createStaging(size);
      try {
        if (wanted.kind === 'activations') {
          runner.submit([body], [tokens], { from: scratch.x, to, length: size });
          await to.read(wanted.target);
          return;
        }
        runner.submit([body], [tokens], null);
        await readLogits(on, tokens, start, wanted.rows, wanted.targets, to);
      } finally {
        to.destroy();
      }
    };

    const readLogits = async (
      on: Plan,
      tokens: number,
      start: number,
      rows: readonly number[],
      targets: readonly Float32Array[],
      to: Staging,
    ) => {
      for (let from = 0; from < rows.length; from += logitRows) {
        const batch = rows.slice(from, from + logitRows);
        runner.select(batch);
        runner.setStep(tokens, start, batch.length);
        const head = batch.length === 1 ? on.one.head : on.many.head;
        runner.submit([head], [batch.length], { from: scratch.logits, to, length: batch.length * vocab });
        const all = new Float32Array(batch.length * vocab);
        await to.read(all);
        batch.forEach((_, i) => targets[from + i]!.set(all.subarray(i * vocab, (i + 1) * vocab)));
      }
    };

    /** Cuts an input into chunks and runs them on a cache that holds `start` tokens. */
    const runAll = async (
      on: Plan,
      input: Uint32Array | Float32Array,
      start: number,
      options: PrefillOptions,
      wantedOf: (from: number, tokens: number) => Wanted,
      onSubmitted: (tokens: number) => void,
    ) => {
      const width = input instanceof Uint32Array ? 1 : config.hiddenSize;
      const total = input.length / width;
      let previous: { done: Promise<void>; tokens: number } | null = null;
      for (let from = 0; from < total; from += chunkTokens) {
        options.signal?.throwIfAborted();
        const tokens = Math.min(chunkTokens, total - from);
        const part = input.slice(from * width, (from + tokens) * width);
        if (part instanceof Uint32Array) runner.setIds(part);
        else runner.setActivations(part);
        const chunk = runChunk(on, tokens, start + from, width === 1, wantedOf(from, tokens));
        onSubmitted(from + tokens);
        await chunk;
        // One chunk may run while the next is prepared; more would make an abort wait.
        if (previous !== null) {
          await previous.done;
          options.onProgress?.(previous.tokens);
        }
        previous = { done: runner.settled(), tokens: from + tokens };
      }
      if (previous !== null) {
        await previous.done;
        options.onProgress?.(previous.tokens);
      }
    };

    const requireWhole = () => {
      if (hasEmbedding && hasHead) return;
      throw new WeftError('engine/bad-input', `Layers ${range.from} to ${range.to} alone do not turn ids into logits.`);
    };

    const append = async (ids: Uint32Array | Float32Array, options: PrefillOptions, wantedOf: WantedOf) => {
      const start = length;
      await runAll(plan, ids, start, options, wantedOf, (tokens) => {
        length = start + tokens;
      });
    };
    type WantedOf = (from: number, tokens: number) => Wanted;

    const nextOutput = (): Float32Array => {
      turn = 1 - turn;
      return outputs[turn]!;
    };

    const transformer: Transformer = {
      config,
      range,
      maxLength,
      weightBytes: weights.sizeBytes,
      parameterCount: weights.parameterCount,
      get length() {
        return length;
      },
      prefill: (ids, options) =>
        exclusively(async () => {
          requireWhole();
          checkIds(config, ids);
          checkFits(length + ids.length, maxLength);
          const target = nextOutput();
          await append(ids, options, (from, tokens) =>
            from + tokens === ids.length ? { kind: 'last-logits', target } : { kind: 'nothing' },
          );
          return target;
        }),
      decode: (id) =>
        exclusively(async () => {
          requireWhole();
          oneId[0] = id;
          if (oneId[0] !== id || id >= config.vocabSize) checkIds(config, [id]);
          if (length + 1 > maxLength) checkFits(length + 1, maxLength);
          const target = nextOutput();
          const to = stagings[turn]!;
          runner.setIds(oneId);
          runner.select(FIRST_ROW);
          runner.setStep(1, length, 1);
          runner.submitFixed(decodeDispatches, { from: scratch.logits, to, length: vocab });
          length += 1;
          await to.read(target);
          return target;
        }),
      audit: (ids, positions, options) =>
        exclusively(async () => {
          requireWhole();
          checkIds(config, ids);
          checkFits(ids.length, maxLength);
          if (positions.length > ids.length) {
            const text = `${positions.length} positions were asked for in a text of ${ids.length} tokens.`;
            throw new WeftError('engine/bad-input', text);
          }
          const targets = Array.from(positions, (position) => {
            if (position < ids.length) return new Float32Array(vocab);
            const text = `Position ${position} is beyond the ${ids.length} tokens of the audit.`;
            throw new WeftError('engine/bad-input', text);
          });
          if (positions.length === 0) return [];
          // Nothing after the last audited position matters.
          const needed = ids.subarray(0, positions.reduce((highest, position) => Math.max(highest, position), 0) + 1);
          const own: KvCache = await createKvCache(device, config, range.to - range.from, needed.length);
          try {
            await runAll(
              planner(own),
              needed,
              0,
              options,
              (from, tokens) => {
                const picks = Array.from(positions, (position, i) => ({ row: position - from, i })).filter(
                  ({ row }) => row >= 0 && row < tokens,
                );
                if (picks.length === 0) return { kind: 'nothing' };
                return {
                  kind: 'logits',
                  rows: picks.map(({ row }) => row),
                  targets: picks.map(({ i }) => targets[i]!),
                };
              },
              () => undefined,
            );
          } finally {
            own.destroy();
          }
          return targets;
        }),
      forwardActivations: (input, options) =>
        exclusively(async () => {
          const width = config.hiddenSize;
          if (input instanceof Uint32Array !== hasEmbedding) {
            const wanted = hasEmbedding ? 'token ids' : 'activations';
            throw new WeftError('engine/bad-input', `Layers ${range.from} to ${range.to} take ${wanted}.`);
          }
          if (input instanceof Uint32Array) checkIds(config, input);
          else if (input.length === 0 || input.length % width !== 0) {
            const text = `Activations have ${input.length} elements; a multiple of ${width} was expected.`;
            throw new WeftError('engine/bad-input', text);
          }
          const total = input.length / (input instanceof Uint32Array ? 1 : width);
          checkFits(length + total, maxLength);
          const target = new Float32Array(hasHead ? vocab : total * width);
          await append(input, options, (from, tokens) => {
            if (!hasHead) {
              return { kind: 'activations', target: target.subarray(from * width, (from + tokens) * width) };
            }
            return from + tokens === total ? { kind: 'last-logits', target } : { kind: 'nothing' };
          });
          return target;
        }),
      truncate(next) {
        if (busy) throw stillBusy();
        if (!Number.isInteger(next) || next < 0 || next > length) {
          throw new WeftError('engine/bad-input', `The cache holds ${length} tokens and cannot be cut to ${next}.`);
        }
        length = next;
      },
      destroy() {
        destroyed = true;
        destroyAll();
      },
    };
    return transformer;
  } catch (error) {
    destroyAll();
    throw error;
  }
};

const FIRST_ROW: readonly number[] = [0];

function unloaded(cause?: unknown): WeftError {
  return new WeftError('engine/not-loaded', 'The model has been unloaded.', { cause });
}

function stillBusy(): WeftError {
  return new WeftError('app/busy', 'The model is still working on the previous call.', { retryable: true });
}
