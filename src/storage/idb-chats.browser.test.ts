import { deleteDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ChatDatabase } from './chat-database.ts';
import { openIdbChats } from './idb-chats.ts';
import { migrations } from './migrations.ts';
import { conversationOf, messageOf } from './records.fixture.ts';

const NAME = 'browser-test';
let database: ChatDatabase | null = null;

async function open() {
  database = await openIdbChats({
    name: NAME,
    onDamaged: ({ message }) => expect.unreachable(message),
    onLost: ({ message }) => expect.unreachable(message),
  });
  return database;
}

/** The Storage Buckets API of Chromium: a part of the origin's storage with a bound of its own. */
interface StorageBuckets {
  open(name: string, options: { readonly quota: number }): Promise<{ readonly indexedDB: IDBFactory }>;
  delete(name: string): Promise<void>;
}

afterEach(async () => {
  database?.close();
  database = null;
  await deleteDB(NAME);
});

describe('chats in a real browser', () => {
  it('are there after the database was closed and opened again', async () => {
    const first = await open();
    await first.edit('c1', () => ({
      conversation: conversationOf('c1', { leafId: 'u1' }),
      put: [messageOf('c1', 'u1')],
    }));
    first.close();
    const tree = await (await open()).tree('c1');
    expect(tree).toEqual({ conversation: conversationOf('c1', { leafId: 'u1' }), messages: [messageOf('c1', 'u1')] });
  });

  it('say that there is no room left, keep what was there, and go on with what fits', async () => {
    const { storageBuckets } = navigator as unknown as { storageBuckets: StorageBuckets };
    const bucket = await storageBuckets.open('small', { quota: 300_000 });
    vi.stubGlobal('indexedDB', bucket.indexedDB);
    try {
      const chats = await open();
      await chats.edit('c1', () => ({
        conversation: conversationOf('c1', { leafId: 'u1' }),
        put: [messageOf('c1', 'u1')],
      }));
      const grow = (chars: number) =>
        chats.editMessage('u1', (message) => message && { ...message, text: 'x'.repeat(chars) });
      const failure: unknown = await grow(900_000).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'storage/full', retryable: true });
      expect((await chats.message('u1'))?.text).toBe('Text of u1');
      await grow(1_000);
      expect((await chats.message('u1'))?.text).toHaveLength(1_000);
    } finally {
      vi.unstubAllGlobals();
      database?.close();
      await storageBuckets.delete('small');
    }
  });

  it('open a version upgrade past a tab of the old version, which gives way', async () => {
    const lost: string[] = [];
    const old = await openIdbChats({
      name: NAME,
      onDamaged: ({ message }) => expect.unreachable(message),
      onLost: ({ code }) => lost.push(code),
    });
    await old.edit('c1', () => ({ conversation: conversationOf('c1') }));
    const next = await openIdbChats({
      name: NAME,
      migrations: [...migrations, () => undefined],
      onDamaged: ({ message }) => expect.unreachable(message),
      onLost: ({ message }) => expect.unreachable(message),
    });
    database = next;
    expect(await next.conversations()).toHaveLength(1);
    expect(lost).toEqual(['storage/newer-schema']);
    await expect(old.conversations()).rejects.toMatchObject({ code: 'storage/newer-schema' });
  });
});
