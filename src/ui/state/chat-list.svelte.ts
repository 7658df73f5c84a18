import type { ChatList, Conversation, ExportedFile, SearchHit, WeftApp } from '../../node/app.ts';
import { groupByDate, type DateGroup } from './date-groups.ts';
import { formatCount } from './format.ts';
import { LiveValue } from './live-value.svelte.ts';
import { chatRoute } from './route.ts';
import type { Router } from './router.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface ChatListDeps {
  readonly app: WeftApp;
  readonly router: Router;
  readonly toasts: Toasts;
}

/** Rows drawn at first, and added each time the end of the list comes near. */
const PAGE_ROWS = 100;
const SEARCH_DELAY_MS = 120;
/** How often "Today" is checked against the clock. */
const CLOCK_MS = 60_000;

/** The list of chats: groups, archive, search, and what can be done with a chat in it. */
export class ChatListState {
  readonly #deps: ChatListDeps;
  readonly #source: LiveValue<ChatList>;
  #nowMs = $state(Date.now());
  #showsArchive = $state(false);
  #limit = $state(PAGE_ROWS);
  #query = $state('');
  #hits = $state.raw<readonly SearchHit[] | null>(null);
  #isSearching = $state(false);
  #renamingId = $state<string | null>(null);
  #search: AbortController | null = null;

  readonly #shown = $derived.by(() => this.chats.filter((chat) => chat.archived === this.#showsArchive));
  readonly #archivedCount = $derived.by(() => this.chats.reduce((sum, chat) => sum + (chat.archived ? 1 : 0), 0));
  readonly #groups = $derived.by(() => this.#group());

  constructor(deps: ChatListDeps) {
    this.#deps = deps;
    this.#source = new LiveValue(deps.app.chats.list);
  }

  get isLoading(): boolean {
    return this.#source.current.status === 'loading';
  }

  get chats(): readonly Conversation[] {
    return this.#source.current.chats;
  }

  get groups(): readonly DateGroup<Conversation>[] {
    return this.#groups;
  }

  get hasMore(): boolean {
    return this.#shown.length > this.#limit;
  }

  get archivedCount(): number {
    return this.#archivedCount;
  }

  get showsArchive(): boolean {
    return this.#showsArchive;
  }

  set showsArchive(shows: boolean) {
    this.#showsArchive = shows;
    this.#limit = PAGE_ROWS;
  }

  get query(): string {
    return this.#query;
  }

  set query(query: string) {
    this.#query = query;
    this.#startSearch();
  }

  /** Null while nothing is searched for. */
  get hits(): readonly SearchHit[] | null {
    return this.#hits;
  }

  get isSearching(): boolean {
    return this.#isSearching;
  }

  get renamingId(): string | null {
    return this.#renamingId;
  }

  /** Keeps the date groups true across midnight; returns the way out. */
  start(): () => void {
    const timer = setInterval(() => (this.#nowMs = Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }

  showMore(): void {
    this.#limit += PAGE_ROWS;
  }

  startRename(chatId: string): void {
    this.#renamingId = chatId;
  }

  cancelRename(): void {
    this.#renamingId = null;
  }

  async rename(chatId: string, title: string): Promise<void> {
    this.#renamingId = null;
    const before = this.chats.find((chat) => chat.id === chatId)?.title;
    if (before === title.trim()) return;
    await this.#deps.toasts.attempt(() => this.#deps.app.chats.rename(chatId, title.trim()));
  }

  async togglePinned(chat: Conversation): Promise<void> {
    await this.#deps.toasts.attempt(() => this.#deps.app.chats.setPinned(chat.id, !chat.pinned));
  }

  async toggleArchived(chat: Conversation): Promise<void> {
    const { app, toasts } = this.#deps;
    const archived = !chat.archived;
    await toasts.attempt(async () => {
      await app.chats.setArchived(chat.id, archived);
      toasts.show(archived ? 'Chat moved to the archive.' : 'Chat moved back to the list.', {
        action: { label: 'Undo', run: () => app.chats.setArchived(chat.id, !archived) },
      });
    });
  }

  /** Deletes with a way back. Resolves to whether the chat on screen was the one. */
  async remove(chat: Conversation): Promise<boolean> {
    const { app, router, toasts } = this.#deps;
    const wasShown = router.isShown(chat.id);
    const isRemoved = await toasts.attempt(async () => {
      await app.chats.remove(chat.id);
      if (router.chatId === chat.id) router.turnTo(null);
      toasts.show(`Deleted “${shorten(chat.title)}”.`, {
        action: {
          label: 'Undo',
          run: async () => {
            await app.chats.restore(chat.id);
            if (wasShown) router.go(chatRoute(chat.id));
          },
        },
      });
    });
    return isRemoved && wasShown;
  }

  async exportChat(chat: Conversation, format: 'json' | 'markdown'): Promise<void> {
    await this.#deps.toasts.attempt(async () => save(await this.#deps.app.chats.exportChat(chat.id, format)));
  }

  async exportAll(): Promise<void> {
    await this.#deps.toasts.attempt(async () => save(await this.#deps.app.chats.exportAll()));
  }

  async importFile(file: File): Promise<void> {
    const { app, router, toasts } = this.#deps;
    await toasts.attempt(async () => {
      const report = await app.chats.importFile(file);
      const added = `Imported ${formatCount(report.chats, 'chat')} with ${formatCount(report.messages, 'message')}.`;
      const first = report.skipped[0];
      const left = first === undefined ? '' : ` Left out ${report.skippedCount}: ${first}`;
      toasts.show(added + left, { tone: first === undefined ? 'plain' : 'error' });
      const newest = report.chatIds[0];
      if (newest !== undefined) router.go(chatRoute(newest));
    });
  }

  #group(): readonly DateGroup<Conversation>[] {
    const page = this.#shown.slice(0, this.#limit);
    const pinned = this.#showsArchive ? [] : page.filter((chat) => chat.pinned);
    const others = this.#showsArchive ? page : page.filter((chat) => !chat.pinned);
    const dated = groupByDate(others, (chat) => chat.updatedAtMs, this.#nowMs);
    return pinned.length > 0 ? [{ label: 'Pinned', items: pinned }, ...dated] : dated;
  }

  #startSearch(): void {
    this.#search?.abort();
    const query = this.#query.trim();
    if (query === '') {
      this.#search = null;
      this.#hits = null;
      this.#isSearching = false;
      return;
    }
    const search = new AbortController();
    this.#search = search;
    this.#isSearching = true;
    void this.#runSearch(query, search.signal);
  }

  async #runSearch(query: string, signal: AbortSignal): Promise<void> {
    const isStale = (): boolean => signal.aborted;
    await new Promise((resolve) => setTimeout(resolve, SEARCH_DELAY_MS));
    if (isStale()) return;
    const found: SearchHit[] = [];
    try {
      for await (const hit of this.#deps.app.chats.search(query, { signal })) {
        if (isStale()) return;
        found.push(hit);
        if (found.length % 20 === 0) this.#hits = [...found];
      }
      if (isStale()) return;
      this.#hits = found;
    } catch (error) {
      if (isStale()) return;
      this.#hits = found;
      this.#deps.toasts.fail(error);
    }
    this.#isSearching = false;
  }
}

function shorten(title: string): string {
  return title.length > 40 ? `${title.slice(0, 40).trimEnd()}…` : title;
}

function save(file: ExportedFile): void {
  const url = URL.createObjectURL(file.blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = file.name;
  link.click();
  // The browser has its own hold on the blob once the click returns; a second is ample.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
