import { formatRoute, parseRoute, type Route } from './route.ts';

/** The location hash as state. */
export class Router {
  #route = $state.raw<Route>(parseRoute(location.hash));

  get chatId(): string | null {
    return this.#route.chatId;
  }

  /** Follows the back button and links; returns the way out. */
  start(): () => void {
    const follow = (): void => {
      this.#route = parseRoute(location.hash);
    };
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }

  /** Shows a chat; `replace` leaves no step behind for the back button. */
  go(route: Route, options: { readonly replace?: boolean } = {}): void {
    const hash = formatRoute(route);
    this.#route = route;
    if (location.hash === hash) return;
    if (options.replace === true) history.replaceState(history.state, '', hash);
    else history.pushState(history.state, '', hash);
  }
}
