import type { AnswerCommitment, AnswerStats, ChatTurn, FinishReason, SamplingSettings } from '../protocol/chat.ts';

/** A model by the folder its files lie in. */
export interface ModelRef {
  readonly id: string;
  /** Absolute URL of the folder, ending with a slash. */
  readonly baseUrl: string;
}

/** What a loaded model is. Sizes in bytes. */
export interface ModelInfo {
  readonly id: string;
  readonly architecture: string;
  readonly quantization: string;
  readonly parameterCount: number;
  readonly weightBytes: number;
  readonly vocabSize: number;
  readonly contextLimit: number;
  readonly layerCount: number;
  /** Sampling the model's makers recommend. */
  readonly defaults: SamplingSettings;
  readonly systemPrompt: string;
  readonly adapter: AdapterInfo;
}

/** The GPU as WebGPU describes it. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallback: boolean;
  readonly hasF16: boolean;
  readonly maxBufferBytes: number;
}

export interface LoadProgress {
  readonly phase: 'download' | 'verify' | 'compile' | 'tune' | 'upload' | 'self-test';
  /** 0 to 1 over the whole load. */
  readonly ratio: number;
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

export interface GenerateRequest {
  /** Turns in order; the last is the user's. A leading system turn is optional. */
  readonly turns: readonly ChatTurn[];
  /** Text of this answer that is already there (a continuation after an interruption). */
  readonly answerPrefix: string;
  readonly sampling: SamplingSettings;
}

/**
 * What an answer consists of, in order: `queued` while others are before it, `prefill` as often as there is progress (and
 * again where a lost GPU was replaced), a `token` for each one sampled (its text may be empty: a special token, half a
 * character, the beginning of a stop text) and one `done`.
 */
export type GenerateEvent =
  | { readonly type: 'queued'; readonly ahead: number }
  | {
      readonly type: 'prefill';
      readonly promptTokens: number;
      readonly cachedTokens: number;
      readonly doneTokens: number;
    }
  | { readonly type: 'token'; readonly id: number; readonly text: string }
  | {
      readonly type: 'done';
      readonly reason: FinishReason;
      readonly stats: AnswerStats;
      readonly commitment: AnswerCommitment | null;
    };

export interface SelfTestCheck {
  readonly name: 'known-answers' | 'append-vs-one-pass' | 'copy-bandwidth' | 'decode-speed';
  readonly ok: boolean;
  /** One sentence with the measured value and its unit. */
  readonly detail: string;
  readonly value: number;
  readonly unit: string;
}

export interface SelfTestReport {
  readonly ok: boolean;
  readonly checks: readonly SelfTestCheck[];
}

interface EngineCallOptions {
  readonly signal?: AbortSignal;
}

/** The one interface of every inference engine (built-in, WebLLM), on the page's side and in the worker. */
export interface Engine {
  /** Loads or reuses a model. Throws model/*, engine/* codes. */
  load(
    model: ModelRef,
    options: EngineCallOptions & { onProgress?: (progress: LoadProgress) => void },
  ): Promise<ModelInfo>;
  /**
   * Writes one answer. Aborting the signal ends the stream with `done` and reason `aborted`; it is not an error.
   * Throws engine/not-loaded, engine/context-full, engine/device-lost, engine/out-of-memory.
   */
  generate(request: GenerateRequest, options: EngineCallOptions): AsyncIterable<GenerateEvent>;
  /** Logits `[positions.length, vocab]` after each 0-based position of `ids`, from one prefill. */
  audit(ids: Uint32Array, positions: Uint32Array, options: EngineCallOptions): Promise<Float32Array[]>;
  selfTest(options: EngineCallOptions): Promise<SelfTestReport>;
  unload(): Promise<void>;
}
