import { expect, it } from 'vitest';
import { createMemoryChats } from '../../storage/memory-chats.ts';
import { conversationOf } from '../../storage/records.fixture.ts';
import { openTestTab } from '../tabs/tab.fixture.ts';
import { createChangeFeed } from './change-feed.ts';
import { createChatHub } from './chat-hub.ts';
import { purgeDeleted } from './purge-deleted.ts';

it('leaves a chat alone that another tab brings back in the middle', async () => {
  const chats = createMemoryChats();
  for (const id of ['old', 'restored']) {
    await chats.edit(id, () => ({ conversation: conversationOf(id, { deletedAtMs: 1 }) }));
  }
  const feed = createChangeFeed(openTestTab('purge-deleted'));
  const database = Promise.resolve({
    ...chats,
    async conversations() {
      const read = await chats.conversations();
      await chats.editConversation('restored', (conversation) => ({ ...conversation!, deletedAtMs: null }));
      return read;
    },
  });
  const hub = createChatHub({ database, feed, onError: ({ message }) => expect.unreachable(message) });
  // The list's own first read already brought it back.
  await expect.poll(() => hub.list.current.status).toBe('ready');
  await chats.editConversation('restored', (conversation) => ({ ...conversation!, deletedAtMs: 1 }));
  expect(await purgeDeleted({ hub, nowMs: Date.now })).toBe(1);
  expect((await chats.conversations()).map(({ id }) => id)).toEqual(['restored']);
  feed.close();
});
