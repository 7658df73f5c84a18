import type { AnswerStats, FinishReason } from '../../protocol/chat.ts';
import type { SignedOffer } from '../../protocol/mesh/signed-offer.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import type { PromptRequest } from '../../protocol/prompt-request.ts';
import type { ToolCall } from '../../protocol/tools.ts';
import type { Path, Peer } from '../host/mesh-host.ts';

/** A receipt as its provider signed it. */
export interface SignedReceipt {
  /** 243 bytes, PAR-1. */
  readonly bytes: Uint8Array;
  /** EIP-712 `Receipt`, 64 bytes. */
  readonly signature: Uint8Array;
}

/** What a job consists of, in order: the same on either side. Ends with `done`, or throws. */
export type JobEvent =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'loading'; readonly ratio: number }
  | {
      readonly type: 'prefill';
      readonly promptTokens: number;
      readonly cachedTokens: number;
      readonly doneTokens: number;
    }
  /** `isRest`: no token of its own, but text of the one before that was held back; it comes once, after the last. */
  | { readonly type: 'token'; readonly id: number; readonly text: string; readonly isRest?: true }
  | { readonly type: 'tool-calls'; readonly calls: readonly ToolCall[] }
  | {
      readonly type: 'done';
      readonly reason: FinishReason;
      readonly stats: AnswerStats;
      readonly receipt: SignedReceipt | null;
    };

/** A question as it reaches a provider: its offer is signed by the consumer and is for this node. */
export interface Job {
  readonly jobId: Hex32;
  readonly offer: SignedOffer;
  readonly request: PromptRequest;
  /** The consumer's conversation, in lower-case hexadecimal. */
  readonly conversation: string;
  readonly consumer: Peer;
  readonly path: Path;
}

/** What a provider does for others. Both throw infer/* before the first event where they do not do it. */
export interface InferProvider {
  answer(job: Job, signal: AbortSignal): AsyncIterable<JobEvent>;
  embed(
    request: { readonly manifest: Hex32; readonly inputs: readonly string[]; readonly consumer: Peer },
    signal: AbortSignal,
  ): Promise<{ readonly vectors: readonly Float32Array[]; readonly promptTokens: number }>;
}
