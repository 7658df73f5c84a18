import type { CatalogueModel } from '../engine/catalogue/catalogue-model.ts';
import type { AdapterInfo, LoadProgress, ModelInfo, SelfTestCheck, SelfTestReport } from '../engine/engine.ts';
import type { ChatImage } from '../protocol/chat-image.ts';
import type { ServedBy } from '../protocol/chat.ts';
import type { WireError } from '../protocol/errors.ts';
import type { AnsweredCall, ChatSettings, Conversation, Message, MessageImage, ToolRound } from '../storage/schema.ts';
import type { ChatToolName } from './chat-tools/chat-tool.ts';
import type { IdentityView, KeyState } from './identity/identity-view.ts';
import type { Live } from './live.ts';
import type {
  ApiKey,
  ContributeRules,
  ContributeState,
  Finding,
  KnownNode,
  Member,
  MeshHealth,
  MeshModel,
  MeshState,
  MeshView,
  NewInvite,
  PauseReason,
  RelayLink,
  RelayOffer,
} from './mesh/mesh-view.ts';
import type {
  CustomModel,
  DownloadProgress,
  ModelEntry,
  ModelFit,
  ModelsState,
  ModelsView,
  StoredState,
} from './models/models-view.ts';
import type {
  Movement,
  Wallet,
  WalletAction,
  WalletChain,
  WalletFigures,
  WalletProgress,
  WalletState,
} from './wallet/wallet.ts';

export type {
  AdapterInfo,
  AnsweredCall,
  ApiKey,
  CatalogueModel,
  ChatSettings,
  ChatToolName,
  ContributeRules,
  ContributeState,
  Conversation,
  CustomModel,
  DownloadProgress,
  Finding,
  IdentityView,
  KeyState,
  KnownNode,
  Live,
  LoadProgress,
  Member,
  MeshHealth,
  MeshModel,
  MeshState,
  MeshView,
  Message,
  MessageImage,
  ModelEntry,
  ModelFit,
  ModelsState,
  ModelsView,
  Movement,
  NewInvite,
  PauseReason,
  RelayLink,
  RelayOffer,
  SelfTestCheck,
  StoredState,
  Wallet,
  WalletAction,
  WalletChain,
  WalletFigures,
  WalletProgress,
  WalletState,
};

/**
 * Everything the page can show and do. State is handed out as {@link Live} values that already include what other tabs
 * of the same profile did; verbs resolve when their effect is saved and reject with a `WeftError`.
 */
export interface WeftApp {
  readonly chats: ChatStore;
  readonly ask: Asker;
  readonly engine: EngineView;
  readonly models: ModelsView;
  readonly device: Device;
  readonly identity: IdentityView;
  readonly wallet: Wallet;
  readonly mesh: MeshView;
  /** Failures that belong to no single message: storage full, a damaged record left out, memory-only mode. */
  readonly notices: Notices;
}

// ---------------------------------------------------------------------------------------------------------- chats

/** The sidebar's content. Deleted chats are not in it. */
export interface ChatList {
  readonly status: 'loading' | 'ready';
  /** Pinned first, then newest first; archived chats included (`archived` tells them apart). At most 10 000. */
  readonly chats: readonly Conversation[];
}

/** One message on the branch on screen. */
export interface BranchMessage {
  readonly message: Message;
  /** The alternatives at this place, oldest first, this one included: ‹index + 1 / siblings.length›. */
  readonly siblings: readonly Message[];
  readonly index: number;
}

/** One chat: the branch from its first message to `conversation.leafId`. */
export type ChatView =
  | { readonly status: 'loading' }
  | { readonly status: 'missing' }
  | {
      readonly status: 'ready';
      readonly conversation: Conversation;
      /** Unchanged messages keep their object identity from one value to the next. */
      readonly branch: readonly BranchMessage[];
      /** From the newest answer that was measured; null before the first. */
      readonly context: { readonly usedTokens: number; readonly limitTokens: number } | null;
    };

export interface SearchHit {
  readonly conversation: Conversation;
  /** Null where the title matched. */
  readonly messageId: string | null;
  /** The text around the match; `match` is what was found, as it was written. */
  readonly before: string;
  readonly match: string;
  readonly after: string;
}

export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

export interface ImportReport {
  readonly chats: number;
  readonly messages: number;
  /** Ids of the imported chats, newest first. */
  readonly chatIds: readonly string[];
  /** What was left out and why, one sentence each; at most 20. */
  readonly skipped: readonly string[];
  readonly skippedCount: number;
}

/** A picture in the composer. */
export interface AttachedImage extends ChatImage {
  /** What it shows; at most 200 characters are kept. */
  readonly name: string;
}

export interface NewChat {
  readonly title?: string;
  readonly settings?: ChatSettings;
}

/** The chats of this profile. Throws storage/* codes; app/bad-request where an id is unknown. */
export interface ChatStore {
  readonly list: Live<ChatList>;
  /** The chat as it changes, in this tab and others. The same object for the same id while anybody listens. */
  view(conversationId: string): Live<ChatView>;
  create(init?: NewChat): Promise<Conversation>;
  /** Up to 200 characters; an empty title goes back to the automatic one. */
  rename(conversationId: string, title: string): Promise<void>;
  setPinned(conversationId: string, pinned: boolean): Promise<void>;
  setArchived(conversationId: string, archived: boolean): Promise<void>;
  /** Hides the chat at once; `restore` brings it back for 30 days, then it is purged at a start of the page. */
  remove(conversationId: string): Promise<void>;
  restore(conversationId: string): Promise<void>;
  /** Deletes for good, deleted or not. */
  purge(conversationId: string): Promise<void>;
  saveSettings(conversationId: string, settings: ChatSettings): Promise<void>;
  /** A picture of a message; null where it is gone. */
  image(sha256: string): Promise<Blob | null>;
  /** The unsent text; null is the chat that does not exist yet. */
  draft(conversationId: string | null): Promise<string>;
  /** Call on every change: writes are joined (300 ms) and flushed when the page is hidden. Up to 100 000 characters. */
  saveDraft(conversationId: string | null, text: string): void;
  /** Shows the branch of this sibling, along its newest messages. */
  selectBranch(messageId: string): Promise<void>;
  /** Deletes the message and what follows it on every branch below. Resolves to the way to undo it. */
  removeMessage(messageId: string): Promise<() => Promise<void>>;
  /**
   * Searches titles and texts (case and accents do not matter; every word must occur), newest chats first, at most
   * 100 hits and one per message, yielded as they are found. Aborting ends the stream.
   */
  search(query: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<SearchHit>;
  exportChat(conversationId: string, format: 'json' | 'markdown'): Promise<ExportedFile>;
  exportAll(): Promise<ExportedFile>;
  /** Adds the chats of a JSON export under new ids. Throws storage/bad-import, storage/full. */
  importFile(file: Blob): Promise<ImportReport>;
}

// ------------------------------------------------------------------------------------------------------------ ask

/**
 * Where an answer is: waiting for its turn, reaching the leading tab or a node of the mesh, loading the model, reading, writing, waiting for a
 * tool.
 */
type AnswerPhase = 'queued' | 'connecting' | 'loading' | 'reading' | 'writing' | 'calling';

/** The answer this tab is receiving. Newer than the stored message; null again once the stored one is final. */
export interface LiveAnswer {
  readonly conversationId: string;
  /** The assistant message being written; it is in the branch with state `writing`. */
  readonly messageId: string;
  readonly phase: AnswerPhase;
  /** Answers before this one while queued. */
  readonly ahead: number;
  /** Set while loading. */
  readonly load: LoadProgress | null;
  /** The prompt while reading: all tokens, those still cached, those done. */
  readonly prompt: { readonly tokens: number; readonly cached: number; readonly done: number } | null;
  /** What it did with tools so far; empty where it used none. */
  readonly rounds: readonly ToolRound[];
  /** What follows the last round so far, with what was there before a continuation. */
  readonly text: string;
  /** Tokens received in this run. */
  readonly tokens: number;
  readonly startedAtMs: number;
  readonly timeToFirstTokenMs: number | null;
  /** Over this run; null before the second token. */
  readonly tokensPerSecond: number | null;
  /** The node of the mesh that writes it, from `afterTokens` tokens on; null: this device. */
  readonly servedBy: ServedBy | null;
}

export interface Sent {
  readonly conversationId: string;
  /** The assistant message that is being written. */
  readonly answerId: string;
}

/** The rest of a question; what is of a chat counts where the question starts one. */
export interface NewQuestion extends NewChat {
  readonly images?: readonly AttachedImage[];
}

/**
 * Questions and answers. Every verb resolves when the question and an empty answer are saved; the answer then arrives
 * through `live` and the chat's view. How it ended is in the stored message: `complete`, `stopped` (text kept),
 * `interrupted` (text kept, can be continued) or `failed` (with `error`).
 * Throws app/busy while the chat is being answered, app/bad-request for an empty or overlong text, storage/* codes.
 */
export interface Asker {
  /**
   * Asks at the end of the branch; null starts a chat (its draft is cleared). Up to 100 000 characters and 4 pictures;
   * where there are pictures, the text may be empty.
   */
  send(conversationId: string | null, text: string, init?: NewQuestion): Promise<Sent>;
  /**
   * Another answer to the same question, as a sibling of this one; by another model where one is named, without changing
   * the chosen one. Throws model/not-found where it is not on this device.
   */
  regenerate(answerId: string, options?: { readonly modelId?: string }): Promise<Sent>;
  /** Another wording of this question as a sibling, and its answer. The old branch stays. */
  edit(questionId: string, text: string): Promise<Sent>;
  /** Writes this failed or interrupted answer again from its beginning, in place. */
  retry(answerId: string): Promise<Sent>;
  /** Goes on where this stopped, interrupted, failed or cut answer ends, in place. */
  continueAnswer(answerId: string): Promise<Sent>;
  /** Ends the running answer of this chat, in whichever tab it runs; the text stays. Nothing runs: nothing happens. */
  stop(conversationId: string): void;
  /** The answer this tab is receiving for this chat. */
  live(conversationId: string): Live<LiveAnswer | null>;
  /**
   * For a full context: a chat whose system prompt carries a recap made of the person's questions and the first
   * sentence of each answer. Nothing is written by a model. Resolves to the new chat.
   */
  newChatWithRecap(conversationId: string): Promise<Conversation>;
}

// --------------------------------------------------------------------------------------------------------- engine

/** A model the person can pick. */
export interface ModelChoice {
  readonly id: string;
  readonly title: string;
  /** One sentence for the card. */
  readonly description: string;
  /** Other nodes of the mesh run it. */
  readonly isRemote: boolean;
}

export interface EngineState {
  /** `electing` lasts until a tab leads; `leader` owns the GPU; `follower` works through the leader. */
  readonly role: 'electing' | 'leader' | 'follower';
  /** Another tab leads and gives no sign of life; if that lasts, the lead is taken from it. */
  readonly isLeaderSilent: boolean;
  /** This device has no GPU that a model could run on; what other nodes run may still answer. */
  readonly hasNoGpu: boolean;
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  /** Set while loading. */
  readonly progress: LoadProgress | null;
  /** The loaded model; kept while another one loads. */
  readonly model: ModelInfo | null;
  /** Why the engine is not ready, with hints to act on. */
  readonly error: WireError | null;
}

export interface EngineView {
  readonly state: Live<EngineState>;
  /** Those whose files are on this device. */
  readonly models: Live<readonly ModelChoice[]>;
  readonly modelId: Live<string>;
  selectModel(modelId: string): Promise<void>;
  /** Loads the chosen model, or joins the load under way. Also the retry after a failure. Throws engine/*, model/*. */
  load(options?: { readonly signal?: AbortSignal }): Promise<ModelInfo>;
  selfTest(options?: { readonly signal?: AbortSignal }): Promise<SelfTestReport>;
}

// --------------------------------------------------------------------------------------------------------- device

export interface StorageStatus {
  /** `memory`: nothing survives a reload (a notice says why). */
  readonly backend: 'opening' | 'disk' | 'memory';
  /** Bytes of this origin, all caches included; null where the browser does not say. */
  readonly usedBytes: number | null;
  readonly quotaBytes: number | null;
  /** True where the browser promised not to evict; null where it cannot be asked. */
  readonly persisted: boolean | null;
}

export interface InstallPrompt {
  /** Shows the browser's own prompt; resolves to what the person chose. */
  prompt(): Promise<'accepted' | 'dismissed'>;
}

export interface UpdatePrompt {
  /** Saves what is unsaved, activates the new version and reloads every tab. */
  accept(): Promise<void>;
}

export interface Device {
  readonly storage: Live<StorageStatus>;
  /** Asks the browser to keep this origin's data. Happens by itself once, after the first complete answer. */
  requestPersistence(): Promise<boolean>;
  /** Measures again (after a deletion, when the storage panel opens). */
  refreshStorage(): Promise<void>;
  /** Set while the browser offers an installation. */
  readonly install: Live<InstallPrompt | null>;
  /** Set when a new version waits. */
  readonly update: Live<UpdatePrompt | null>;
  /** True once the page is stored for offline starts. */
  readonly offlineReady: Live<boolean>;
}

// -------------------------------------------------------------------------------------------------------- notices

export interface Notice {
  readonly id: string;
  readonly error: WireError;
  readonly atMs: number;
  /** How often the same failure came. */
  readonly count: number;
}

export interface Notices {
  /** Oldest first; at most 20; the same code and sentence is one notice with a count. */
  readonly list: Live<readonly Notice[]>;
  dismiss(noticeId: string): void;
}
