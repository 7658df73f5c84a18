import type { CatalogueModel } from '../engine/catalogue/catalogue-model.ts';
import type { Engine, GenerateRequest, ModelInfo, ModelRef } from '../engine/engine.ts';
import type { AnswerCommitment } from '../protocol/chat.ts';
import { fromHex, hex32 } from '../protocol/ids.ts';
import { WeftError } from '../protocol/errors.ts';
import { grammarHashOf } from '../protocol/par1/grammar-hash.ts';
import { samplingParams } from '../protocol/par1/params.ts';
import { deriveSeed } from '../protocol/par1/seed.ts';
import { tokensHash } from '../protocol/par1/tokens-hash.ts';
import type { ToolCall } from '../protocol/tools.ts';

/** What the scripted engine answers to a question: known beforehand, so that lost or doubled text shows. */
export function answerTo(question: string, words = 20): string {
  return Array.from({ length: words }, (_, at) => `${question.slice(0, 12).replaceAll(/\s/gu, '_')}-${at} `).join('');
}

export interface ScriptedEngine {
  readonly engine: Engine;
  /** Every request it was given. */
  readonly requests: GenerateRequest[];
  readonly loads: ModelRef[];
  /** The next answer fails with this after so many tokens. */
  failNext(error: WeftError, afterTokens: number): void;
  /** The next answer that has tools says this and calls; called several times, the answers after it, too. */
  callNext(text: string, name: string, args: string): void;
  /** Milliseconds before each token. */
  delayMs: number;
}

/** A model of the scripted engine by its id. */
export const modelRefOf = (id: string): ModelRef => ({
  id,
  baseUrl: `http://localhost/models/${id}/`,
  libraryUrl: null,
  runtime: 'auto',
  contextLimit: null,
});

/** The one model here that sees pictures. */
export const SEEING_ID = 'eyes';

/** A model as it is shipped, by its id. */
export const shippedModel = (id: string): CatalogueModel => ({
  ...modelRefOf(id),
  title: id,
  family: 'Test',
  source: 'guide',
  parameterCount: 1_000,
  quantization: 'q4f16_1',
  download: { bytes: 500, isExact: true },
  memoryBytes: 1_000,
  largestBufferBytes: null,
  requiredFeatures: [],
  license: null,
  features: id === SEEING_ID ? ['chat', 'vision'] : ['chat'],
  runtimes: ['builtin'],
  isLowResource: true,
});

export function modelInfoOf(id: string): ModelInfo {
  return {
    id,
    runtime: 'builtin',
    manifest: hex32(`0x${'ef'.repeat(32)}`),
    architecture: 'llama',
    quantization: 'q4f16_1',
    parameterCount: 1_000,
    weightBytes: 500,
    vocabSize: 100,
    contextLimit: 1_024,
    layerCount: 2,
    defaults: { temperature: 0.7, topP: 0.9, topK: 32, maxTokens: 256, seed: null, stop: [] },
    systemPrompt: 'You are a test.',
    vision: id === SEEING_ID,
    tools: id === 'guide',
    adapter: {
      vendor: 'none',
      architecture: 'none',
      description: 'scripted',
      isFallback: true,
      hasF16: false,
      maxBufferBytes: 1_000,
    },
  };
}

/** An engine without a GPU that keeps every promise of the interface, for tests of what stands around engines. */
export function createScriptedEngine(words = 20): ScriptedEngine {
  const requests: GenerateRequest[] = [];
  const loads: ModelRef[] = [];
  let model: ModelInfo | null = null;
  const calls: { readonly text: string; readonly call: ToolCall }[] = [];
  let callCount = 0;
  let failure: { readonly error: WeftError; readonly afterTokens: number } | null = null;

  const scripted: ScriptedEngine = {
    requests,
    loads,
    delayMs: 1,
    failNext(error, afterTokens) {
      failure = { error, afterTokens };
    },
    callNext(text, name, args) {
      calls.push({ text, call: { id: `call_${++callCount}`, name, arguments: args } });
    },
    engine: {
      async load(ref, { signal, onProgress }) {
        loads.push(ref);
        for (const ratio of [0, 0.5, 1]) {
          onProgress?.({ phase: 'download', ratio, loadedBytes: ratio * 500, totalBytes: 500 });
          await pause(1);
          signal?.throwIfAborted();
        }
        model = modelInfoOf(ref.id);
        return model;
      },

      async *generate(request, { signal }) {
        if (model?.id !== request.model.id) {
          loads.push(request.model);
          yield { type: 'loading', progress: { phase: 'download', ratio: 0.5, loadedBytes: 250, totalBytes: 500 } };
          model = modelInfoOf(request.model.id);
        }
        requests.push(request);
        const fails = failure;
        failure = null;
        const last = request.turns.at(-1);
        const calling = request.tools === undefined ? undefined : calls.shift();
        const whole = calling?.text ?? answerTo(last?.content ?? '', words);
        if (!whole.startsWith(request.answerPrefix))
          throw new WeftError('engine/bad-input', 'Not a prefix of the answer.');
        const rest = whole.slice(request.answerPrefix.length).match(/[^ ]* ?/gu) ?? [];
        const tokens = rest.filter((text) => text !== '');
        yield { type: 'prefill', promptTokens: 10, cachedTokens: 0, doneTokens: 10 };
        let count = 0;
        for (const text of tokens) {
          if (signal?.aborted === true || count === request.sampling.maxTokens) break;
          if (count === fails?.afterTokens) throw fails.error;
          await pause(scripted.delayMs);
          yield { type: 'token', id: count, text };
          count++;
        }
        const isWhole = count === tokens.length;
        const isCalling = isWhole && calling !== undefined;
        if (isCalling) yield { type: 'tool-calls', calls: [calling.call] };
        const ended = isCalling ? 'tool-calls' : 'stop';
        yield {
          type: 'done',
          reason: isWhole ? ended : signal?.aborted === true ? 'aborted' : 'length',
          stats: {
            promptTokens: 10,
            cachedTokens: 0,
            completionTokens: count,
            timeToFirstTokenMs: 1,
            decodeTokensPerSecond: 100,
            contextTokens: 10 + count,
            contextLimit: 1_024,
          },
          commitment: commitmentOf(request, count),
        };
      },

      audit: ({ positions }) => Promise.resolve(Array.from(positions, (position) => Float32Array.of(position))),
      forward: ({ input }) => Promise.resolve(Float32Array.from(input)),
      embed: ({ inputs }) =>
        Promise.resolve({ vectors: inputs.map(({ length }) => Float32Array.of(length)), promptTokens: inputs.length }),
      tokenizerKit: ({ id }) =>
        Promise.resolve({
          tokenizer: new TextEncoder().encode(id),
          chatConfig: new TextEncoder().encode('{}'),
          digests: new Uint8Array(160),
        }),
      encodePrompt: ({ request }) =>
        Promise.resolve({
          promptHash: hex32(`0x${'12'.repeat(32)}`),
          promptTokens: 10,
          sampling: samplingParams(request.sampling),
          grammarHash: grammarHashOf(request),
        }),
      selfTest: () => Promise.resolve({ ok: true, checks: [] }),
      unload() {
        model = null;
        return Promise.resolve();
      },
    },
  };
  return scripted;
}

/** As a real engine's, but for the root: nobody looks into leaves here. */
function commitmentOf({ model, job, sampling }: GenerateRequest, count: number): AnswerCommitment | null {
  if (count === 0) return null;
  const seed = job && deriveSeed(fromHex(job.jobId, 32), fromHex(job.nonce, 32));
  return {
    leafCount: count,
    root: hex32(`0x${'ab'.repeat(32)}`),
    seed: hex32(seed ?? `0x${'cd'.repeat(32)}`),
    manifest: modelInfoOf(model.id).manifest,
    promptHash: job?.promptHash ?? hex32(`0x${'12'.repeat(32)}`),
    outputHash: hex32(tokensHash(Array.from({ length: count }, (_, at) => at))),
    params: samplingParams(sampling),
  };
}

function pause(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}
