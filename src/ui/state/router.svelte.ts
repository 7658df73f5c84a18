import { chatRoute, formatRoute, parseRoute, type Route } from './route.ts';

/** The location hash as state. */
export class Router {
  #route = $state.raw<Route>(parseRoute(location.hash));
  /** The chat on screen, or the one to come back to. */
  #chatId = $state<string | null>(null);

  constructor() {
    this.#remember(this.#route);
  }

  get screen(): Route['screen'] {
    return this.#route.screen;
  }

  /** The invitation that was opened; null on any other screen. */
  get invite(): string | null {
    return this.#route.screen === 'join' ? this.#route.invite : null;
  }

  /** The chat on screen; beside another screen, the one that was on it last. */
  get chatId(): string | null {
    return this.#chatId;
  }

  /** Whether this chat is what the person looks at. */
  isShown(chatId: string): boolean {
    return this.#route.screen === 'chat' && this.#chatId === chatId;
  }

  /** Follows the back button and links; returns the way out. */
  start(): () => void {
    const follow = (): void => {
      const route = parseRoute(location.hash);
      this.#route = route;
      this.#remember(route);
    };
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }

  /** Goes somewhere; `replace` leaves no step behind for the back button. */
  go(route: Route, options: { readonly replace?: boolean } = {}): void {
    const hash = formatRoute(route);
    this.#route = route;
    this.#remember(route);
    if (location.hash === hash) return;
    if (options.replace === true) history.replaceState(history.state, '', hash);
    else history.pushState(history.state, '', hash);
  }

  /** Another chat takes the place of the present one, without leaving the screen that is shown. */
  turnTo(chatId: string | null): void {
    if (this.screen === 'chat') this.go(chatRoute(chatId), { replace: true });
    else this.#chatId = chatId;
  }

  /** Back from another screen to the chat. */
  toChat(): void {
    this.go(chatRoute(this.#chatId));
  }

  #remember(route: Route): void {
    if (route.screen === 'chat') this.#chatId = route.chatId;
  }
}
