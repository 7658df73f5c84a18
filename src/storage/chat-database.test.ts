import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it } from 'vitest';
import type { WeftError } from '../protocol/errors.ts';
import type { ChatDatabase } from './chat-database.ts';
import { MAX_TEXT_CHARS } from './constants.ts';
import { openIdbChats } from './idb-chats.ts';
import { createMemoryChats } from './memory-chats.ts';
import { conversationOf, messageOf } from './records.fixture.ts';

let databases = 0;
const opened: ChatDatabase[] = [];
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

const backends = {
  disk: () =>
    openIdbChats({
      name: `contract-${databases++}`,
      onDamaged: (error: WeftError) => expect.unreachable(error.message),
      onLost: (error: WeftError) => expect.unreachable(error.message),
    }),
  memory: () => Promise.resolve(createMemoryChats()),
};

describe.each(Object.entries(backends))('chats in %s', (backend, open) => {
  const start = async () => {
    const database = await open();
    opened.push(database);
    await database.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'a1' }),
      put: [messageOf('c1', 'u1'), messageOf('c1', 'a1', { parentId: 'u1', state: 'writing' })],
    }));
    return database;
  };

  it('says where it keeps them', async () => {
    expect((await start()).backend).toBe(backend);
  });

  it('returns what an edit saved', async () => {
    const database = await start();
    const tree = await database.tree('c1');
    expect(tree.conversation).toEqual(conversationOf('c1', { leafId: 'a1' }));
    expect(tree.messages.map((message) => message.id).sort()).toEqual(['a1', 'u1']);
    expect(await database.message('u1')).toEqual(messageOf('c1', 'u1'));
    expect(await database.conversations()).toHaveLength(1);
  });

  it('answers with nothing for what does not exist', async () => {
    const database = await start();
    expect(await database.tree('other')).toEqual({ conversation: null, messages: [] });
    expect(await database.message('other')).toBeNull();
    expect(await database.readNote('other')).toBeUndefined();
  });

  it('finds the answers that are being written', async () => {
    const database = await start();
    expect((await database.writing()).map((message) => message.id)).toEqual(['a1']);
    await database.editMessage('a1', (message) => message && { ...message, state: 'complete' });
    expect(await database.writing()).toEqual([]);
  });

  it('writes nothing when the edit throws or returns null', async () => {
    const database = await start();
    const before = await database.tree('c1');
    await expect(
      database.edit('c1', () => {
        throw new Error('changed its mind');
      }),
    ).rejects.toThrow('changed its mind');
    expect(await database.edit('c1', () => null)).toBeNull();
    expect(await database.editMessage('u1', () => null)).toBeNull();
    expect(await database.editConversation('c1', () => null)).toBeNull();
    expect(await database.tree('c1')).toEqual(before);
  });

  it('refuses a branch that ends nowhere, and keeps everything as it was', async () => {
    const database = await start();
    await expect(database.edit('c1', () => ({ remove: ['a1'] }))).rejects.toMatchObject({ code: 'app/internal' });
    await expect(
      database.edit('c1', () => ({ put: [messageOf('c1', 'u9', { parentId: 'gone' })] })),
    ).rejects.toMatchObject({ code: 'app/internal' });
    await expect(database.edit('c2', () => ({ put: [messageOf('c2', 'u1')] }))).rejects.toMatchObject({
      code: 'app/internal',
    });
    expect((await database.tree('c1')).messages).toHaveLength(2);
  });

  it('passes what is stored to an edit, so that two edits at once both count', async () => {
    const database = await start();
    const append = (text: string) =>
      database.editMessage('a1', (message) => message && { ...message, text: message.text + text });
    await Promise.all([append('+one'), append('+two')]);
    expect((await database.message('a1'))?.text).toBe('Text of a1+one+two');
  });

  it('refuses what it could not read again, and keeps what was there', async () => {
    const database = await start();
    const before = await database.tree('c1');
    const endless = 'x'.repeat(MAX_TEXT_CHARS + 1);
    const refused = { code: 'app/internal' };
    const message = messageOf('c1', 'u9', { text: endless });
    await expect(database.edit('c1', () => ({ put: [message] }))).rejects.toMatchObject(refused);
    const conversation = conversationOf('c1', { draft: endless });
    await expect(database.edit('c1', () => ({ conversation }))).rejects.toMatchObject(refused);
    await expect(database.editConversation('c1', () => conversation)).rejects.toMatchObject(refused);
    await expect(database.editMessage('u1', (known) => ({ ...known!, text: endless }))).rejects.toMatchObject(refused);
    expect(await database.tree('c1')).toEqual(before);
  });

  it('purges a conversation with its messages and nothing else', async () => {
    const database = await start();
    await database.edit('c2', () => ({
      conversation: conversationOf('c2', { leafId: 'u2' }),
      put: [messageOf('c2', 'u2')],
    }));
    expect(await database.purge('c1', () => true)).toBe(true);
    expect(await database.tree('c1')).toEqual({ conversation: null, messages: [] });
    expect((await database.tree('c2')).messages).toHaveLength(1);
  });

  it('purges nothing that is no longer as it was', async () => {
    const database = await start();
    const before = await database.tree('c1');
    expect(await database.purge('c1', (conversation) => conversation?.deletedAtMs !== null)).toBe(false);
    expect(await database.tree('c1')).toEqual(before);
  });

  it('keeps notes', async () => {
    const database = await start();
    await database.writeNote('draft', 'half a question');
    expect(await database.readNote('draft')).toBe('half a question');
  });
});
