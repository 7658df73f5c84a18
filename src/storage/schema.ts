import type { AnswerFormat } from '../protocol/answer-format.ts';
import type {
  AnswerCommitment,
  AnswerStats,
  FinishReason,
  JobProof,
  LeafCommitment,
  SamplingSettings,
  ServedBy,
} from '../protocol/chat.ts';
import type { ChatImage } from '../protocol/chat-image.ts';
import type { WireError } from '../protocol/errors.ts';
import type { ToolCall } from '../protocol/tools.ts';
import type { Hex32 } from '../protocol/ids.ts';

/** Settings of one chat; null means "as the model recommends". */
export interface ChatSettings {
  readonly systemPrompt: string | null;
  readonly sampling: Partial<SamplingSettings>;
  /** Absent: free text. */
  readonly format?: AnswerFormat;
  /** Names of the tools that the model may use; absent: none. */
  readonly tools?: readonly string[];
}

/** A call and what came of it, as the model was told. */
export interface AnsweredCall extends ToolCall {
  readonly result: string;
  readonly hasFailed: boolean;
}

/** A part of an answer that ended with calls. */
export interface ToolRound {
  /** What the model wrote before it called; perhaps nothing. */
  readonly text: string;
  readonly calls: readonly AnsweredCall[];
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

/** A picture of a question. Its bytes are kept apart and may be gone. */
export interface MessageImage extends Pick<ChatImage, 'mimeType' | 'width' | 'height'> {
  readonly sha256: Hex32;
  /** What it shows, in the person's words; at first the file's name. */
  readonly name: string;
}

/** A commitment as it is stored: records from before nodes answered one another have the leaves alone. */
type StoredCommitment = LeafCommitment | AnswerCommitment;

/** The node that wrote an answer. */
export interface MessageServedBy extends Pick<ServedBy, 'address' | 'path'> {
  /** Null where no one node wrote all of it. */
  readonly proof: JobProof | null;
}

export interface Message {
  readonly id: string;
  readonly conversationId: string;
  /** The message this one follows; null for the first. Siblings are branches. */
  readonly parentId: string | null;
  readonly role: 'user' | 'assistant';
  /** Of an answer that used tools: what follows the last of its rounds. */
  readonly text: string;
  /** What an answer did before its text; absent where it used no tool. */
  readonly rounds?: readonly ToolRound[];
  /** Of a question; at most 4. */
  readonly images?: readonly MessageImage[];
  readonly createdAtMs: number;
  readonly state: MessageState;
  readonly error: WireError | null;
  readonly finish: FinishReason | null;
  readonly stats: AnswerStats | null;
  readonly commitment: StoredCommitment | null;
  /** Absent: this device wrote it, or a person did. */
  readonly servedBy?: MessageServedBy;
  readonly modelId: string | null;
}
