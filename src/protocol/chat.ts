import type { ChatImage } from './chat-image.ts';
import type { Address, Hex32 } from './ids.ts';
import type { OfferWire } from './mesh/job.ts';
import type { SamplingParams } from './par1/params.ts';
import type { ToolCall } from './tools.ts';

/** One turn of a conversation as a model reads it. */
export interface ChatTurn {
  /** `tool`: what a call of the turn before came to. */
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  /** Of a user's turn: what it shows before its text; at most 4. */
  readonly images?: readonly ChatImage[];
  /** What an assistant's turn asked for after its text; the turns that follow are the results, in order. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of a tool's turn: the call it answers. */
  readonly toolCallId?: string;
}

/** What the person may set for one answer; units as in the OpenAI API. */
export interface SamplingSettings {
  /** 0 (greedy) to 2. */
  readonly temperature: number;
  /** Nucleus bound, above 0 and up to 1. */
  readonly topP: number;
  /** 1 to 32 candidates. */
  readonly topK: number;
  /** Largest answer in tokens; 1 or more. */
  readonly maxTokens: number;
  /** The same seed, model and conversation give the same answer on one device; null draws a fresh one. */
  readonly seed: number | null;
  /** Texts that end the answer; at most 4, each at most 64 characters. */
  readonly stop: readonly string[];
}

/** Why an answer ended. `aborted` keeps the text so far; `tool-calls`: it goes on once the model has the results. */
export type FinishReason = 'stop' | 'length' | 'context' | 'aborted' | 'tool-calls';

/** Measured by the engine for one answer. Times in milliseconds. */
export interface AnswerStats {
  readonly promptTokens: number;
  /** Prompt tokens whose KV entries were still there from the last turn. */
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly timeToFirstTokenMs: number;
  readonly decodeTokensPerSecond: number;
  /** Tokens of the model's context in use after the answer, and the context's size. */
  readonly contextTokens: number;
  readonly contextLimit: number;
}

/** The leaves that PAR-1 committed to while an answer was written (see protocol/par1). */
export interface LeafCommitment {
  /** Leaves, one per sampled token. */
  readonly leafCount: number;
  /** Merkle root over the leaves. */
  readonly root: Hex32;
  /** The sampler's seed. */
  readonly seed: Hex32;
}

/** All of an answer that its receipt names, but for whose it is. */
export interface AnswerCommitment extends LeafCommitment {
  readonly manifest: Hex32;
  readonly promptHash: Hex32;
  readonly outputHash: Hex32;
  /** As they were sampled with: the form of an answer may bound them. */
  readonly params: SamplingParams;
}

/** How the node that answers is reached; `relay`: it is the relay itself. */
type ServedPath = 'direct' | 'relayed' | 'relay';

/** A node that writes an answer, from `afterTokens` tokens of it on. */
export interface ServedBy {
  readonly address: Address;
  readonly peerId: string;
  readonly path: ServedPath;
  readonly afterTokens: number;
}

/** What proves who answered, and what: kept with the answer for whoever checks it later. */
export interface JobProof {
  readonly provider: Address;
  readonly path: ServedPath;
  readonly offer: OfferWire;
  /** EIP-712 of the offer by its consumer, 64 bytes. */
  readonly offerSignature: `0x${string}`;
  /** PAR-1, 243 bytes. */
  readonly receipt: `0x${string}`;
  /** EIP-712 of the receipt by the provider, 64 bytes. */
  readonly receiptSignature: `0x${string}`;
}
