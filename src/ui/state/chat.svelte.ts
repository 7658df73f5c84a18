import type {
  AttachedImage,
  BranchMessage,
  ChatSettings,
  ChatView,
  Conversation,
  LiveAnswer,
  NewQuestion,
  Sent,
  WeftApp,
} from '../../node/app.ts';
import type { Announcer } from './announcer.svelte.ts';
import type { DraftState } from './draft.svelte.ts';
import { LiveValue } from './live-value.svelte.ts';
import type { Consent, RemoteConsent } from './remote-consent.svelte.ts';
import { chatRoute } from './route.ts';
import type { Router } from './router.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';
import { until } from './until.ts';

/** A question on its way into storage: shown at once, before it is saved. */
export interface PendingQuestion {
  readonly text: string;
  readonly images: readonly AttachedImage[];
  /** Null until it is saved. */
  readonly answerId: string | null;
}

export interface ChatDeps {
  readonly app: WeftApp;
  readonly router: Router;
  readonly draft: DraftState;
  readonly toasts: Toasts;
  readonly announcer: Announcer;
  readonly consent: RemoteConsent;
}

const NO_SETTINGS: ChatSettings = { systemPrompt: null, sampling: {} };

/** The chat on screen and what can be done in it. */
export class ChatState {
  readonly #deps: ChatDeps;
  #pending = $state.raw<(PendingQuestion & { readonly chatId: string | null }) | null>(null);
  /** Settings chosen before the first question saves the chat. */
  #newSettings = $state.raw<ChatSettings>(NO_SETTINGS);
  #editingId = $state<string | null>(null);
  #scrollTargetId = $state<string | null>(null);
  #sends = $state(0);
  /** The new chat was stopped before it had an id to stop it by. */
  #isNewStopped = false;
  /** The oldest of the answers that stand side by side: it stays the same whichever of them is chosen. */
  #comparedId = $state<string | null>(null);

  readonly #viewSource = $derived.by(() => {
    const id = this.chatId;
    return id === null ? null : new LiveValue(this.#deps.app.chats.view(id));
  });
  readonly #liveSource = $derived.by(() => {
    const id = this.chatId;
    return id === null ? null : new LiveValue(this.#deps.app.ask.live(id), { perFrame: true });
  });
  readonly #view = $derived<ChatView | null>(this.#viewSource?.current ?? null);
  readonly #live = $derived<LiveAnswer | null>(this.#liveSource?.current ?? null);
  readonly #shownPending = $derived.by(() => {
    const pending = this.#pending;
    if (pending?.chatId !== this.chatId) return null;
    return this.branch.some(({ message }) => message.id === pending.answerId) ? null : pending;
  });
  readonly #isAnswering = $derived(
    this.#shownPending !== null || this.#live !== null || this.branch.at(-1)?.message.state === 'writing',
  );
  readonly #isEmpty = $derived(
    this.#shownPending === null &&
      (this.chatId === null || (this.#view?.status === 'ready' && this.#view.branch.length === 0)),
  );

  constructor(deps: ChatDeps) {
    this.#deps = deps;
  }

  get chatId(): string | null {
    return this.#deps.router.chatId;
  }

  /** Null for a chat that is not saved yet. */
  get view(): ChatView | null {
    return this.#view;
  }

  get conversation(): Conversation | null {
    return this.#view?.status === 'ready' ? this.#view.conversation : null;
  }

  get branch(): readonly BranchMessage[] {
    return this.#view?.status === 'ready' ? this.#view.branch : [];
  }

  get live(): LiveAnswer | null {
    return this.#live;
  }

  /** Set while this tab receives this message. */
  liveOf(messageId: string): LiveAnswer | null {
    return this.#live?.messageId === messageId ? this.#live : null;
  }

  /** The question being saved, until the branch shows it. */
  get pending(): PendingQuestion | null {
    return this.#shownPending;
  }

  /** An answer is being prepared or written, here or in another tab. */
  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Tokens the model has read and written in this chat, and how many it can; null before the first answer. */
  get context(): { readonly usedTokens: number; readonly limitTokens: number } | null {
    const stored = this.#view?.status === 'ready' ? this.#view.context : null;
    const limitTokens = stored?.limitTokens ?? this.#deps.app.engine.state.current.model?.contextLimit;
    if (limitTokens === undefined) return null;
    const live = this.#live;
    if (live?.prompt) return { usedTokens: live.prompt.tokens + live.tokens, limitTokens };
    return stored ?? { usedTokens: 0, limitTokens };
  }

  get settings(): ChatSettings {
    return this.conversation?.settings ?? this.#newSettings;
  }

  get editingId(): string | null {
    return this.#editingId;
  }

  /** A message to bring into view (a search hit). */
  get scrollTargetId(): string | null {
    return this.#scrollTargetId;
  }

  /** Counts questions of this tab: each one brings the end of the conversation into view. */
  get sends(): number {
    return this.#sends;
  }

  /** Asks. Resolves to false when the question could not be saved; the caller then keeps the text. */
  async send(text: string, images: readonly AttachedImage[] = []): Promise<boolean> {
    const { app, router, draft, toasts, announcer, consent } = this.#deps;
    const chatId = this.chatId;
    // Without a question nothing waits: what is sent shows at once, and can be stopped from then on.
    if (consent.isNeededFor(app.engine.modelId.current)) {
      if ((await consent.ask()) === 'none' || this.chatId !== chatId) return false;
    }
    this.#pending = { chatId, text, images, answerId: null };
    this.#sends += 1;
    this.#isNewStopped = false;
    announcer.say('Sent. The answer is being prepared.');
    const isSaved = await toasts.attempt(async () => {
      const init: NewQuestion = chatId === null ? { settings: this.#newSettings, images } : { images };
      const sent = await app.ask.send(chatId, text, init);
      if (chatId === null && this.#isNewStopped) app.ask.stop(sent.conversationId);
      // The chat has its id now; show it unless the person went elsewhere meanwhile.
      const isStillHere = this.chatId === chatId;
      const pending = { chatId: sent.conversationId, text, images, answerId: sent.answerId };
      this.#pending = pending;
      void this.#forgetWhenShown(pending);
      if (chatId === null && isStillHere) {
        this.#newSettings = NO_SETTINGS;
        draft.adopt(sent.conversationId);
        router.turnTo(sent.conversationId);
      }
    });
    if (!isSaved) this.#pending = null;
    return isSaved;
  }

  stop(): void {
    if (this.chatId !== null) this.#deps.app.ask.stop(this.chatId);
    else this.#isNewStopped = true;
  }

  /** Another answer beside this one; by the model of the next answer where none is named. */
  regenerate(answerId: string, modelId?: string): Promise<boolean> {
    return this.#answer((consent) => {
      const isNamed = modelId !== undefined && consent === 'as-meant';
      return this.#deps.app.ask.regenerate(answerId, isNamed ? { modelId } : {});
    }, modelId);
  }

  retry(answerId: string): Promise<boolean> {
    return this.#answer(() => this.#deps.app.ask.retry(answerId));
  }

  continueAnswer(answerId: string): Promise<boolean> {
    return this.#answer(() => this.#deps.app.ask.continueAnswer(answerId));
  }

  startEdit(questionId: string): void {
    this.#editingId = questionId;
  }

  cancelEdit(): void {
    this.#editingId = null;
  }

  async finishEdit(questionId: string, text: string): Promise<boolean> {
    const isSaved = await this.#answer(() => this.#deps.app.ask.edit(questionId, text));
    if (isSaved) this.#editingId = null;
    return isSaved;
  }

  selectBranch(messageId: string): Promise<boolean> {
    return this.#deps.toasts.attempt(() => this.#deps.app.chats.selectBranch(messageId));
  }

  /** Two answers to one question are shown side by side. */
  isComparing({ siblings }: BranchMessage): boolean {
    return siblings.length > 1 && siblings[0]?.id === this.#comparedId;
  }

  /** Shows this answer and another one side by side; null ends it. */
  compare(entry: BranchMessage | null): void {
    this.#comparedId = entry?.siblings[0]?.id ?? null;
  }

  /** Goes on with one of the answers that are side by side. Resolves to whether it could be chosen. */
  async keep(answerId: string): Promise<boolean> {
    if (!(await this.selectBranch(answerId))) return false;
    this.#comparedId = null;
    this.#deps.announcer.say('The chat goes on with this answer.');
    return true;
  }

  async removeMessage(messageId: string): Promise<void> {
    const { app, toasts } = this.#deps;
    await toasts.attempt(async () => {
      const undo = await app.chats.removeMessage(messageId);
      toasts.show('Message deleted, with what followed it.', { action: { label: 'Undo', run: undo } });
    });
  }

  async saveSettings(settings: ChatSettings): Promise<boolean> {
    const { conversation } = this;
    if (conversation === null) {
      this.#newSettings = settings;
      return true;
    }
    return this.#deps.toasts.attempt(() => this.#deps.app.chats.saveSettings(conversation.id, settings));
  }

  async newChatWithRecap(): Promise<void> {
    const { conversation } = this;
    if (conversation === null) return;
    await this.#deps.toasts.attempt(async () => {
      const created = await this.#deps.app.ask.newChatWithRecap(conversation.id);
      this.#deps.router.go(chatRoute(created.id));
      this.#deps.toasts.show('This new chat starts with a recap of the last one. You find it in the chat settings.');
    });
  }

  /** Opens a chat at one of its messages. */
  async openAt(chatId: string, messageId: string | null): Promise<void> {
    this.#deps.router.go(chatRoute(chatId));
    this.#scrollTargetId = null;
    if (messageId === null) return;
    const view = await until(this.#deps.app.chats.view(chatId), ({ status }) => status !== 'loading');
    if (view.status !== 'ready') return;
    if (!view.branch.some(({ message }) => message.id === messageId)) await this.selectBranch(messageId);
    this.#scrollTargetId = messageId;
  }

  scrolled(): void {
    this.#scrollTargetId = null;
  }

  /** The branch shows the question from now on, also after the person turned to another branch. */
  async #forgetWhenShown(pending: PendingQuestion & { readonly chatId: string }): Promise<void> {
    await until(
      this.#deps.app.chats.view(pending.chatId),
      (view) =>
        view.status === 'missing' ||
        (view.status === 'ready' && view.branch.some(({ message }) => message.id === pending.answerId)),
    );
    if (this.#pending?.answerId === pending.answerId) this.#pending = null;
  }

  async #answer(verb: (consent: Consent) => Promise<Sent>, modelId?: string): Promise<boolean> {
    const { app, announcer, consent, toasts } = this.#deps;
    const isNeeded = consent.isNeededFor(modelId ?? app.engine.modelId.current);
    const answer = isNeeded ? await consent.ask() : 'as-meant';
    if (answer === 'none') return false;
    this.#sends += 1;
    announcer.say('The answer is being prepared.');
    return toasts.attempt(() => verb(answer));
  }
}
