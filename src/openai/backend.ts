import type { AnswerStats, FinishReason, SamplingSettings } from '../protocol/chat.ts';
import type { Hex32 } from '../protocol/ids.ts';
import type { PromptRequest } from '../protocol/prompt-request.ts';
import type { ToolCall } from '../protocol/tools.ts';

/** A model that can be asked for by its id. */
export interface OpenAiModel {
  /** Unique in its list. */
  readonly id: string;
  readonly title: string;
  /** What receipts name it by; null where that is not known before it is loaded. */
  readonly manifest: Hex32 | null;
  readonly kind: 'chat' | 'embedding';
  /** Tokens; null where that is not known before it is loaded. */
  readonly contextLimit: number | null;
  /** Longest answer in tokens: a request for more is answered up to here, and one that says nothing as well. */
  readonly maxTokens: number;
  readonly vision: boolean;
  readonly tools: boolean;
  /** What its makers recommend, where the request says nothing. */
  readonly defaults: Pick<SamplingSettings, 'temperature' | 'topP'>;
}

/** What an answer consists of, in order; ends with `done`, or throws. What has no place in OpenAI's form is passed over. */
export type OpenAiEvent =
  | { readonly type: 'queued' | 'loading' | 'served-by' }
  | { readonly type: 'prefill'; readonly promptTokens: number }
  /** One for each sampled token; its text may be empty. */
  | { readonly type: 'token'; readonly text: string }
  | { readonly type: 'tool-calls'; readonly calls: readonly ToolCall[] }
  | { readonly type: 'done'; readonly reason: FinishReason; readonly stats: AnswerStats };

/** What answers behind the endpoint. */
export interface OpenAiBackend {
  models(): readonly OpenAiModel[];
  /** The model a request means, by an id of the list or another name of it; null where there is none. */
  find(id: string): OpenAiModel | null;
  /** Aborting the signal says that nobody waits any more: the work is to stop. */
  generate(model: OpenAiModel, request: PromptRequest, signal: AbortSignal): AsyncIterable<OpenAiEvent>;
  /** Vectors of length 1, one for each input, in their order. */
  embed(
    model: OpenAiModel,
    inputs: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly vectors: readonly Float32Array[]; readonly promptTokens: number }>;
}

/** Leave to make one request. */
export interface Access {
  /** Requests of one key are counted together; null: all have one. */
  readonly key: string | null;
  /** No answer is longer; null: no bound. */
  readonly tokensLeft: number | null;
  /** Told once what the request came to, in tokens read and written; also where it was stopped. Never rejects. */
  spend(tokens: number): Promise<void> | void;
}
