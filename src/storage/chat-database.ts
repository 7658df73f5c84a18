import type { Conversation, Message } from './schema.ts';
import type { StoredImage } from './stored-image.ts';

/** What one transaction writes. */
export interface TreeEdit {
  readonly conversation?: Conversation;
  readonly put?: readonly Message[];
  /** Ids of messages to delete. */
  readonly remove?: readonly string[];
  /** Pictures of the messages in `put`; those that are there already are left as they are. */
  readonly images?: readonly StoredImage[];
}

/** A conversation with all branches; null where there is none under this id. */
export interface StoredTree {
  readonly conversation: Conversation | null;
  readonly messages: readonly Message[];
}

/**
 * Chats on disk or in memory. Every method is one transaction: it happens wholly or not at all. The functions passed to
 * the edits are called with what is stored at that moment, must be synchronous, and write nothing by returning null or
 * by throwing. Records that cannot be read are skipped and stay where they are.
 * Throws storage/unavailable, storage/full, storage/newer-schema.
 */
export interface ChatDatabase {
  readonly backend: 'disk' | 'memory';
  /** All conversations, deleted ones included, in no order. */
  conversations(): Promise<readonly Conversation[]>;
  conversation(conversationId: string): Promise<Conversation | null>;
  tree(conversationId: string): Promise<StoredTree>;
  message(messageId: string): Promise<Message | null>;
  /** Messages in state `writing`: running answers, and those that a crash left behind. */
  writing(): Promise<readonly Message[]>;
  edit(conversationId: string, edit: (tree: StoredTree) => TreeEdit | null): Promise<TreeEdit | null>;
  editConversation(
    conversationId: string,
    edit: (conversation: Conversation | null) => Conversation | null,
  ): Promise<Conversation | null>;
  editMessage(messageId: string, edit: (message: Message | null) => Message | null): Promise<Message | null>;
  /** A picture; null where it is gone. */
  image(sha256: string): Promise<StoredImage | null>;
  /** Deletes pictures that no message refers to: those of deleted messages, which could be brought back until now. */
  sweepImages(): Promise<void>;
  /** Deletes the conversation, its messages and pictures that no other shows, where it is (still) as `isDue` says. Resolves to whether it did. */
  purge(conversationId: string, isDue: (conversation: Conversation | null) => boolean): Promise<boolean>;
  /** A small value under a name (the chosen model, the draft of a chat that does not exist yet). */
  readNote(name: string): Promise<unknown>;
  writeNote(name: string, value: unknown): Promise<void>;
  close(): void;
}
