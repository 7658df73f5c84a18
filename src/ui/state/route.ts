/** Where the page is: one chat (null is a new one, saved with its first question) or a screen beside the chats. */
export type Route = { readonly screen: 'chat'; readonly chatId: string | null } | { readonly screen: SideScreen };

/** The screens beside the chats; each one's address is its name. */
export type SideScreen = 'models' | 'wallet';

const SIDE_SCREENS: readonly SideScreen[] = ['models', 'wallet'];

const CHAT = /^#\/c\/([\w-]{1,64})$/;

/** The route of a chat. */
export function chatRoute(chatId: string | null): Route {
  return { screen: 'chat', chatId };
}

/** Reads a location hash; anything unknown is a new chat. */
export function parseRoute(hash: string): Route {
  const screen = SIDE_SCREENS.find((name) => hash === `#/${name}`);
  if (screen !== undefined) return { screen };
  return chatRoute(CHAT.exec(hash)?.[1] ?? null);
}

/** The location hash of a route. */
export function formatRoute(route: Route): string {
  if (route.screen !== 'chat') return `#/${route.screen}`;
  return route.chatId === null ? '#/' : `#/c/${route.chatId}`;
}
