import type {
  AnswerCommitment,
  AnswerStats,
  FinishReason,
  JobProof,
  SamplingSettings,
  ServedBy,
} from '../protocol/chat.ts';
import type { Hex32 } from '../protocol/ids.ts';
import type { TokenizerKit } from '../protocol/model-manifest/tokenizer-kit.ts';
import type { SamplingParams } from '../protocol/par1/params.ts';
import type { PromptRequest } from '../protocol/prompt-request.ts';
import type { ToolCall } from '../protocol/tools.ts';
import type { RuntimeName } from './catalogue/catalogue-model.ts';

/** A model by the folder its files lie in. */
export interface ModelRef {
  readonly id: string;
  /** Absolute URL of the folder, ending with a slash. */
  readonly baseUrl: string;
  /** WebLLM's compiled library, absolute; null: the built-in engine alone can run it. */
  readonly libraryUrl: string | null;
  /** `auto`: the faster of those that can, measured once on this device. */
  readonly runtime: RuntimeName | 'auto';
  /** Tokens of context, where fewer than the model allows are wanted; null: the model decides. */
  readonly contextLimit: number | null;
  /** A part of the model for `forward`: the embedding comes with layer 0, norm and head with the last. Absent: all of it. */
  readonly layers?: LayerRange;
}

/** Layers `[from, to)`. 0 brings the embedding with it, the last layer the final norm and the head. */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

/** What a loaded model is. Sizes in bytes. */
export interface ModelInfo {
  readonly id: string;
  /** What runs it; `mesh`: another node. */
  readonly runtime: RuntimeName | 'mesh';
  /** What receipts name it by, see protocol/model-manifest. */
  readonly manifest: Hex32;
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
  /** It sees pictures. */
  readonly vision: boolean;
  /** It was trained to call tools, in a form that is known here. */
  readonly tools: boolean;
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

/** An answer that somebody ordered. */
export interface JobOrder {
  readonly jobId: Hex32;
  /** Of the offer; it decides the seed together with the job's id. */
  readonly nonce: Hex32;
  /** Of the tokens that the consumer ordered an answer to. */
  readonly promptHash: Hex32;
}

export interface GenerateRequest extends PromptRequest {
  /** Who answers; loaded first where another model is. Throws engine/bad-input where it has no form for the tools. */
  readonly model: ModelRef;
  /**
   * Present: the seed is the job's, `sampling.seed` does not count, and a prompt of other tokens than were ordered throws
   * infer/other-prompt before it is read.
   */
  readonly job?: JobOrder;
}

/**
 * What an answer consists of, in order: `served-by` where a node of the mesh begins or goes on, `queued` while others are
 * before it, `loading` where its model is not the loaded one, `prefill` as often as there is progress (and again where a
 * lost GPU was replaced), a `token` for each one sampled (its text may be empty: a special token, half a character, the
 * beginning of a stop text, a part of a call), `tool-calls` where the answer is to go on with results, and one `done`.
 */
export type GenerateEvent =
  | { readonly type: 'served-by'; readonly node: ServedBy }
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'loading'; readonly progress: LoadProgress }
  | {
      readonly type: 'prefill';
      readonly promptTokens: number;
      readonly cachedTokens: number;
      readonly doneTokens: number;
    }
  /** `isRest`: no token of its own, but text of the one before that was held back in case it began a call or a stop. */
  | { readonly type: 'token'; readonly id: number; readonly text: string; readonly isRest?: true }
  | { readonly type: 'tool-calls'; readonly calls: readonly ToolCall[] }
  | {
      readonly type: 'done';
      readonly reason: FinishReason;
      readonly stats: AnswerStats;
      readonly commitment: AnswerCommitment | null;
      /** Where one other node wrote all of it. */
      readonly proof?: JobProof;
    };

export interface AuditRequest {
  readonly model: ModelRef;
  readonly ids: Uint32Array;
  readonly positions: Uint32Array;
}

export interface ForwardRequest {
  readonly model: ModelRef;
  /** Tokens of this part's cache that the input follows; what is cached behind them is dropped. */
  readonly keep: number;
  /** Token ids where the part begins with layer 0, otherwise activations `[tokens, hidden]` of the part before. */
  readonly input: Uint32Array | Float32Array;
}

export interface EmbedRequest {
  /** An embedding model; loaded first where another one is. */
  readonly model: ModelRef;
  /**
   * 1 to 256 texts, none of them empty. Words that a model wants before a question, such as "Represent this sentence for
   * searching relevant passages: ", are the caller's to write: the engine does not know which text asks and which answers.
   */
  readonly inputs: readonly string[];
}

export interface EmbedResult {
  /** One for each input, in their order; each of length 1. */
  readonly vectors: readonly Float32Array[];
  /** Tokens of all inputs, the model's own begin and end marks included. */
  readonly promptTokens: number;
}

export interface EncodePromptRequest {
  /** The model that is to answer, perhaps on another node. */
  readonly manifest: Hex32;
  readonly kit: TokenizerKit;
  readonly request: PromptRequest;
}

/** What an offer says of a request. */
export interface EncodedPrompt {
  readonly promptHash: Hex32;
  readonly promptTokens: number;
  /** As the answer will be sampled: its form may bound them. */
  readonly sampling: SamplingParams;
  readonly grammarHash: Hex32;
}

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
   * Throws engine/context-full, engine/device-lost, engine/out-of-memory, and what `load` throws.
   */
  generate(request: GenerateRequest, options: EngineCallOptions): AsyncIterable<GenerateEvent>;
  /**
   * Logits `[positions.length, vocab]` after each 0-based position of `ids`, from one prefill. The model is loaded first
   * where another one is.
   */
  audit(request: AuditRequest, options: EngineCallOptions): Promise<Float32Array[]>;
  /**
   * Runs a part of a model over the next tokens: activations `[tokens, hidden]` for the part that follows, or logits
   * `[vocab]` after the last token where the part ends with the last layer. Loads the part first where it is not loaded.
   * Throws engine/bad-input, engine/context-full.
   */
  forward(request: ForwardRequest, options: EngineCallOptions): Promise<Float32Array>;
  /**
   * Turns texts into vectors with an embedding model, which is loaded first where it is not. Throws engine/bad-input,
   * engine/context-full for a text that is too long, model/unsupported for a model that chats.
   */
  embed(request: EmbedRequest, options: EngineCallOptions): Promise<EmbedResult>;
  /**
   * What other nodes need to write prompts for a model, from its checked files; needs no GPU and leaves what is loaded.
   * Throws model/* codes.
   */
  tokenizerKit(model: ModelRef, options: EngineCallOptions): Promise<TokenizerKit>;
  /**
   * The tokens of a request as `generate` would make them, for a model that need not be here; needs no GPU. Throws
   * model/altered for a kit of another model, model/* and engine/bad-input as `generate` does.
   */
  encodePrompt(request: EncodePromptRequest, options: EngineCallOptions): Promise<EncodedPrompt>;
  /** Checks the loaded model on this device. Throws engine/not-loaded. */
  selfTest(options: EngineCallOptions): Promise<SelfTestReport>;
  unload(): Promise<void>;
}
