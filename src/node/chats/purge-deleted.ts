import type { Conversation } from '../../storage/schema.ts';
import type { ChatHub } from './chat-hub.ts';

/** How long a deleted chat can be brought back. */
const KEEP_DELETED_MS = 30 * 24 * 60 * 60 * 1000;

/** Removes for good what was deleted long ago, and pictures that no message shows. Returns how many chats that were. */
export async function purgeDeleted(deps: { readonly hub: ChatHub; readonly nowMs: () => number }): Promise<number> {
  const before = deps.nowMs() - KEEP_DELETED_MS;
  const isOld = (chat: Conversation | null) => chat !== null && chat.deletedAtMs !== null && chat.deletedAtMs < before;
  let count = 0;
  for (const chat of await (await deps.hub.database).conversations()) {
    // Looked at again when it goes: another tab may have brought it back meanwhile.
    if (isOld(chat) && (await deps.hub.purge(chat.id, isOld))) count++;
  }
  await (await deps.hub.database).sweepImages();
  return count;
}
