import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WeftError } from '../protocol/errors.ts';
import type { ChatDatabase } from './chat-database.ts';
import { MAX_UNREADABLE_REPORTS } from './constants.ts';
import { openIdbChats } from './idb-chats.ts';
import type { IdbChatsInit } from './idb-chats.ts';
import { migrations } from './migrations.ts';
import type { SetAsideRecord } from './migrations.ts';
import { conversationOf, messageOf } from './records.fixture.ts';

let names = 0;
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

const freshName = () => `idb-${names++}`;

async function open(name: string, init: Partial<IdbChatsInit> = {}) {
  const damaged: WeftError[] = [];
  const lost: WeftError[] = [];
  const database: ChatDatabase = await openIdbChats({
    name,
    onDamaged: (error) => damaged.push(error),
    onLost: (error) => lost.push(error),
    ...init,
  });
  opened.push(database);
  return { database, damaged, lost };
}

/** The raw database, to damage records as a defect or another version would. */
async function raw(name: string, version?: number) {
  const connection = await openDB(name, version);
  opened.push(connection);
  return connection;
}

describe('records that cannot be read', () => {
  const damagedConversation = { id: 'c1', title: 7, pinned: 'maybe' };

  it('are kept: the chat of one is shown by its messages, and it is reported once', async () => {
    const name = freshName();
    const { database, damaged } = await open(name);
    await database.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'u1' }),
      put: [messageOf('c1', 'u1')],
    }));
    await database.edit('c2', () => ({ conversation: conversationOf('c2') }));
    const disk = await raw(name);
    await disk.put('conversations', damagedConversation);
    await disk.put('conversations', { id: 'c3' });

    const list = await database.conversations();
    expect(list.map(({ id, title, leafId }) => ({ id, title, leafId }))).toEqual([
      { id: 'c2', title: 'Chat c2', leafId: null },
      { id: 'c1', title: 'Recovered chat', leafId: 'u1' },
    ]);
    expect(await database.conversations()).toEqual(list);
    expect(await database.conversation('c1')).toMatchObject({ title: 'Recovered chat' });
    expect((await database.tree('c1')).conversation).toMatchObject({ title: 'Recovered chat' });
    expect(damaged.map(({ code }) => code)).toEqual(['storage/bad-record', 'storage/bad-record']);
    expect(String(damaged[0]?.cause)).toContain('conversations c1: title');
    expect(await disk.getAll('conversations')).toEqual([damagedConversation, conversationOf('c2'), { id: 'c3' }]);
  });

  it('are kept: a chat is shown and goes on without such a message', async () => {
    const name = freshName();
    const { database, damaged } = await open(name);
    const edit = () => ({
      conversation: conversationOf('c1', { leafId: 'a1' }),
      put: [messageOf('c1', 'u1'), messageOf('c1', 'a1', { parentId: 'u1' })],
    });
    await database.edit('c1', edit);
    const disk = await raw(name);
    const ofTheFuture = { ...messageOf('c1', 'a1', { parentId: 'u1' }), state: 'unheard-of' };
    await disk.put('messages', ofTheFuture);

    const tree = await database.tree('c1');
    expect(tree.messages.map((message) => message.id)).toEqual(['u1']);
    expect(tree.conversation?.leafId).toBe('u1');
    await database.edit('c1', ({ conversation }) => ({
      conversation: { ...conversation!, leafId: 'u2' },
      put: [messageOf('c1', 'u2', { parentId: 'u1' })],
    }));
    expect((await database.tree('c1')).messages.map((message) => message.id)).toEqual(['u1', 'u2']);
    expect(await database.message('a1')).toBeNull();
    expect(await database.editMessage('a1', (message) => message)).toBeNull();
    expect(damaged).toHaveLength(1);
    expect(await disk.get('messages', 'a1')).toEqual(ofTheFuture);
  });

  it('are kept, however many, and so many are reported', async () => {
    const name = freshName();
    const { database, damaged } = await open(name);
    const disk = await raw(name);
    const fill = disk.transaction('messages', 'readwrite');
    for (let at = 0; at <= MAX_UNREADABLE_REPORTS; at++) {
      void fill.store.put({ id: `m${at}`, conversationId: 'c1', state: 'writing' });
    }
    await fill.done;
    expect(await database.writing()).toEqual([]);
    expect(await database.writing()).toEqual([]);
    expect(damaged).toHaveLength(MAX_UNREADABLE_REPORTS);
    expect(new Set(damaged.map(({ shortMessage }) => shortMessage)).size).toBe(1);
    expect(await disk.count('messages')).toBe(MAX_UNREADABLE_REPORTS + 1);
  });

  it.each([
    [
      'an edit of the chat',
      (database: ChatDatabase) =>
        database.edit('c1', ({ conversation }) => ({ conversation: { ...conversation!, title: 'Renamed' } })),
    ],
    [
      'an edit of its description',
      (database: ChatDatabase) => database.editConversation('c1', (known) => ({ ...known!, title: 'Renamed' })),
    ],
  ])('are copied before %s replaces them', async (_by, rename) => {
    const name = freshName();
    const { database } = await open(name, { nowMs: () => 5 });
    await database.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'u1' }),
      put: [messageOf('c1', 'u1')],
    }));
    const disk = await raw(name);
    await disk.put('conversations', damagedConversation);
    await rename(database);
    expect(await database.conversations()).toMatchObject([{ id: 'c1', title: 'Renamed', leafId: 'u1' }]);
    expect(await disk.getAll('setAside')).toMatchObject([
      { store: 'conversations', record: damagedConversation, atMs: 5 },
    ]);
    await rename(database);
    expect(await disk.count('setAside')).toBe(1);
  });

  it('are copied before a message of the same id replaces them', async () => {
    const name = freshName();
    const { database } = await open(name);
    await database.edit('c1', () => ({ conversation: conversationOf('c1') }));
    const disk = await raw(name);
    const old = { id: 'u1', conversationId: 'c1', text: null };
    await disk.put('messages', old);
    await database.edit('c1', () => ({ put: [messageOf('c1', 'u1')] }));
    expect((await database.message('u1'))?.text).toBe('Text of u1');
    await disk.put('messages', old);
    await database.editMessage('u1', () => messageOf('c1', 'u1'));
    expect((await disk.getAll('setAside')).map((copy: SetAsideRecord) => copy.record)).toEqual([old, old]);
  });

  it('do not stop an edit that closes an answer below one', async () => {
    const name = freshName();
    const { database } = await open(name);
    const answer = messageOf('c1', 'a1', { parentId: 'u1', state: 'writing' });
    await database.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'a1' }),
      put: [messageOf('c1', 'u1'), answer],
    }));
    await (await raw(name)).put('messages', { id: 'u1', conversationId: 'c1' });
    await database.edit('c1', () => ({ put: [{ ...answer, state: 'interrupted' }] }));
    expect((await database.message('a1'))?.state).toBe('interrupted');
  });
});

describe('versions', () => {
  it('applies only the steps that are missing and keeps the data', async () => {
    const name = freshName();
    const first = await open(name);
    await first.database.edit('c1', () => ({ conversation: conversationOf('c1') }));
    first.database.close();
    const step = vi.fn();
    const { database } = await open(name, { migrations: [...migrations, step] });
    expect(step).toHaveBeenCalledTimes(1);
    expect(await database.conversations()).toHaveLength(1);
  });

  it('says that a newer version owns the data', async () => {
    const name = freshName();
    (await raw(name, migrations.length + 1)).close();
    await expect(open(name)).rejects.toMatchObject({ code: 'storage/newer-schema', retryable: false });
  });

  it('gives way to a newer version in another tab and says so from then on', async () => {
    const name = freshName();
    const { database, lost } = await open(name);
    await open(name, { migrations: [...migrations, () => undefined] });
    expect(lost.map((error) => error.code)).toEqual(['storage/newer-schema']);
    await expect(database.conversations()).rejects.toMatchObject({ code: 'storage/newer-schema' });
  });

  it('reports a tab that does not give way', async () => {
    const name = freshName();
    await raw(name, migrations.length);
    await expect(
      open(name, { migrations: [...migrations, () => undefined], blockedTimeoutMs: 30 }),
    ).rejects.toMatchObject({
      code: 'storage/blocked',
      retryable: true,
    });
  });
});

describe('without IndexedDB', () => {
  it('says so', async () => {
    vi.stubGlobal('indexedDB', undefined);
    try {
      await expect(open(freshName())).rejects.toMatchObject({ code: 'storage/unavailable' });
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
