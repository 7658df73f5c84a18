import type { AmountMoveName } from './amount-moves.ts';

export type DialogName =
  | 'settings'
  | 'shortcuts'
  | 'device'
  | 'add-model'
  | 'passphrase'
  | 'show-phrase'
  | 'recover'
  | 'owner'
  | 'forget-key'
  | 'end-stake'
  | AmountMoveName;

const COLLAPSED_KEY = 'weft.sidebar-collapsed';
/** Below this width the list of chats is a drawer. */
const NARROW = '(max-width: 55.99rem)';

/** What is open around the conversation. */
export class Panels {
  #isNarrow = $state(false);
  #isDrawerOpen = $state(false);
  #isCollapsed = $state(readCollapsed());
  #dialog = $state<DialogName | null>(null);
  #searchRequests = $state(0);
  #composerRequests = $state(0);

  get isNarrow(): boolean {
    return this.#isNarrow;
  }

  /** The list of chats is on screen, beside the conversation or above it. */
  get isSidebarShown(): boolean {
    return this.#isNarrow ? this.#isDrawerOpen : !this.#isCollapsed;
  }

  /** The list takes its own place beside the screen. */
  get isSidebarBeside(): boolean {
    return !this.#isNarrow && !this.#isCollapsed;
  }

  get isDrawerOpen(): boolean {
    return this.#isNarrow && this.#isDrawerOpen;
  }

  set isDrawerOpen(open: boolean) {
    this.#isDrawerOpen = open;
  }

  get dialog(): DialogName | null {
    return this.#dialog;
  }

  /** Counts how often the search field was asked for, so that it can take the focus. */
  get searchRequests(): number {
    return this.#searchRequests;
  }

  /** Counts how often the message field was asked to take the focus. */
  get composerRequests(): number {
    return this.#composerRequests;
  }

  focusComposer(): void {
    this.#composerRequests += 1;
  }

  /** Follows the window's width; returns the way out. */
  start(): () => void {
    const query = window.matchMedia(NARROW);
    const follow = (): void => {
      this.#isNarrow = query.matches;
      this.#isDrawerOpen = false;
    };
    follow();
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }

  toggleSidebar(): void {
    if (this.#isNarrow) {
      this.#isDrawerOpen = !this.#isDrawerOpen;
      return;
    }
    this.#isCollapsed = !this.#isCollapsed;
    writeCollapsed(this.#isCollapsed);
  }

  closeDrawer(): void {
    this.#isDrawerOpen = false;
  }

  openSearch(): void {
    if (!this.isSidebarShown) this.toggleSidebar();
    this.#searchRequests += 1;
  }

  open(dialog: DialogName): void {
    this.#isDrawerOpen = false;
    this.#dialog = dialog;
  }

  closeDialog(): void {
    this.#dialog = null;
  }
}

function readCollapsed(): boolean {
  try {
    return localStorage.getItem(COLLAPSED_KEY) === '1';
  } catch {
    // Site data is blocked: the list starts open.
    return false;
  }
}

function writeCollapsed(isCollapsed: boolean): void {
  try {
    localStorage.setItem(COLLAPSED_KEY, isCollapsed ? '1' : '0');
  } catch {
    // Site data is blocked: the choice lasts until the page is closed.
  }
}
