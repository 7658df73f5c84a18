import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WeftError } from '../protocol/errors.ts';
import type { ChatDatabase } from './chat-database.ts';
import { MAX_SET_ASIDE } from './constants.ts';
import { openIdbChats } from './idb-chats.ts';
import type { IdbChatsInit } from './idb-chats.ts';
import { migrations } from './migrations.ts';
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

describe('damaged records', () => {
  it('sets a damaged conversation aside, rebuilds it from its messages and reports it', async () => {
    const name = freshName();
    const { database, damaged } = await open(name);
    await database.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'u1' }),
      put: [messageOf('c1', 'u1')],
    }));
    await database.edit('c2', () => ({ conversation: conversationOf('c2') }));
    const disk = await raw(name);
    await disk.put('conversations', { id: 'c1', title: 7 });

    const list = await database.conversations();
    expect(list.map(({ id, title, leafId }) => ({ id, title, leafId }))).toEqual([
      { id: 'c1', title: 'Recovered chat', leafId: 'u1' },
      { id: 'c2', title: 'Chat c2', leafId: null },
    ]);
    expect(damaged.map((error) => error.code)).toEqual(['storage/bad-record']);
    expect(damaged[0]?.shortMessage).toContain('conversations c1');
    expect(await disk.getAll('setAside')).toMatchObject([{ store: 'conversations', record: { id: 'c1', title: 7 } }]);
    expect(await database.conversations()).toEqual(list);
    expect(damaged).toHaveLength(1);
  });

  it('sets a damaged message aside and still shows the rest of the chat', async () => {
    const name = freshName();
    const { database, damaged } = await open(name);
    await database.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'a1' }),
      put: [messageOf('c1', 'u1'), messageOf('c1', 'a1', { parentId: 'u1' })],
    }));
    const disk = await raw(name);
    await disk.put('messages', { ...messageOf('c1', 'a1'), state: 'unheard-of' });

    const tree = await database.tree('c1');
    expect(tree.messages.map((message) => message.id)).toEqual(['u1']);
    expect(tree.conversation?.leafId).toBe('u1');
    expect(damaged).toHaveLength(1);
    expect(await disk.get('messages', 'a1')).toBeUndefined();
  });

  it('lets an edit of a chat with a damaged message succeed', async () => {
    const name = freshName();
    const { database, damaged } = await open(name);
    await database.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'u1' }),
      put: [messageOf('c1', 'u1')],
    }));
    await (await raw(name)).put('messages', { id: 'a1', conversationId: 'c1', text: null });
    await database.edit('c1', ({ conversation }) => ({ conversation: { ...conversation!, title: 'Renamed' } }));
    expect((await database.tree('c1')).conversation?.title).toBe('Renamed');
    expect(damaged).toHaveLength(1);
  });

  it('keeps a bounded number of them', async () => {
    const name = freshName();
    const { database } = await open(name);
    const disk = await raw(name);
    for (let at = 0; at < MAX_SET_ASIDE; at++) await disk.add('setAside', { store: 'messages', record: at });
    await disk.put('conversations', { id: 'bad' });
    expect(await database.conversations()).toEqual([]);
    const kept = await disk.getAll('setAside');
    expect(kept).toHaveLength(MAX_SET_ASIDE);
    expect(kept.at(-1)).toMatchObject({ record: { id: 'bad' } });
    expect(kept[0]).toMatchObject({ record: 1 });
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
    await raw(name, 1);
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
