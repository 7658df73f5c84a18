import type { AnswerFormat } from '../protocol/answer-format.ts';
import type { AnswerCommitment, AnswerStats, FinishReason, SamplingSettings } from '../protocol/chat.ts';
import type { WireError } from '../protocol/errors.ts';

/** Settings of one chat; null means "as the model recommends". */
export interface ChatSettings {
  readonly systemPrompt: string | null;
  readonly sampling: Partial<SamplingSettings>;
  /** Absent: free text. */
  readonly format?: AnswerFormat;
}

/** A conversation is a tree of messages; `leafId` names the end of the branch on screen. */
export interface Conversation {
  readonly id: string;
  readonly title: string;
  /** `auto` titles follow the first question until the person renames the chat. */
  readonly titleSource: 'auto' | 'user';
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly pinned: boolean;
  readonly archived: boolean;
  /** Set while a deletion can still be undone; hidden from lists, purged later. */
  readonly deletedAtMs: number | null;
  readonly leafId: string | null;
  readonly modelId: string | null;
  readonly settings: ChatSettings;
  /** The unsent text in the composer. */
  readonly draft: string;
}

/** `writing` outlives a crash; the next start turns it into `interrupted` and keeps the text. */
type MessageState = 'complete' | 'writing' | 'stopped' | 'interrupted' | 'failed';

export interface Message {
  readonly id: string;
  readonly conversationId: string;
  /** The message this one follows; null for the first. Siblings are branches. */
  readonly parentId: string | null;
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly createdAtMs: number;
  readonly state: MessageState;
  readonly error: WireError | null;
  readonly finish: FinishReason | null;
  readonly stats: AnswerStats | null;
  readonly commitment: AnswerCommitment | null;
  readonly modelId: string | null;
}
