/** Where the page is: one chat, or a new one that is saved with its first question. */
export interface Route {
  readonly chatId: string | null;
}

const CHAT = /^#\/c\/([\w-]{1,64})$/;

/** Reads a location hash; anything unknown is a new chat. */
export function parseRoute(hash: string): Route {
  return { chatId: CHAT.exec(hash)?.[1] ?? null };
}

/** The location hash of a route. */
export function formatRoute(route: Route): string {
  return route.chatId === null ? '#/' : `#/c/${route.chatId}`;
}
