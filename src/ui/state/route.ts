/**
 * Where the page is: one chat (null is a new one, saved with its first question), a screen beside the chats, or an
 * invitation somebody opened.
 */
export type Route =
  | { readonly screen: 'chat'; readonly chatId: string | null }
  | { readonly screen: SideScreen }
  | { readonly screen: 'join'; readonly invite: string };

/** The screens beside the chats; each one's address is its name. */
export type SideScreen = 'models' | 'contribute' | 'network' | 'wallet';

const SIDE_SCREENS: readonly SideScreen[] = ['models', 'contribute', 'network', 'wallet'];

const CHAT = /^#\/c\/([\w-]{1,64})$/;
/** As long as an invitation can be, see protocol/mesh/invite. */
const JOIN = /^#\/join\/([\w-]{1,700})$/;

/** The route of a chat. */
export function chatRoute(chatId: string | null): Route {
  return { screen: 'chat', chatId };
}

/** Reads a location hash; anything unknown is a new chat. */
export function parseRoute(hash: string): Route {
  const screen = SIDE_SCREENS.find((name) => hash === `#/${name}`);
  if (screen !== undefined) return { screen };
  const invite = JOIN.exec(hash)?.[1];
  if (invite !== undefined) return { screen: 'join', invite };
  return chatRoute(CHAT.exec(hash)?.[1] ?? null);
}

/** The location hash of a route. */
export function formatRoute(route: Route): string {
  if (route.screen === 'join') return `#/join/${route.invite}`;
  if (route.screen !== 'chat') return `#/${route.screen}`;
  return route.chatId === null ? '#/' : `#/c/${route.chatId}`;
}
