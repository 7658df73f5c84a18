import type { ChatHub } from './chat-hub.ts';

/** How long a deleted chat can be brought back. */
const KEEP_DELETED_MS = 30 * 24 * 60 * 60 * 1000;

/** Removes for good what was deleted long ago. Returns how many chats that were. */
export async function purgeDeleted(deps: { readonly hub: ChatHub; readonly nowMs: () => number }): Promise<number> {
  const before = deps.nowMs() - KEEP_DELETED_MS;
  const old = (await (await deps.hub.database).conversations()).filter(
    ({ deletedAtMs }) => deletedAtMs !== null && deletedAtMs < before,
  );
  for (const { id } of old) await deps.hub.purge(id);
  return old.length;
}
