import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, describe, expect, it } from 'vitest';
import type { WeftError } from '../protocol/errors.ts';
import { MAX_IMAGE_BYTES } from '../protocol/chat-image.ts';
import type { ChatDatabase } from './chat-database.ts';
import { MAX_IMAGES_BYTES } from './constants.ts';
import { openIdbChats } from './idb-chats.ts';
import { messageImage, storedImage } from './images.fixture.ts';
import { createMemoryChats } from './memory-chats.ts';
import { migrations } from './migrations.ts';
import { conversationOf, messageOf } from './records.fixture.ts';

let databases = 0;
const opened: ChatDatabase[] = [];
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

const openDisk = (name: string) =>
  openIdbChats({
    name,
    onDamaged: (error: WeftError) => expect.unreachable(error.message),
    onLost: (error: WeftError) => expect.unreachable(error.message),
  });

const backends = {
  disk: () => openDisk(`pictures-${databases++}`),
  memory: () => Promise.resolve(createMemoryChats()),
};

const cat = storedImage(1);
const dog = storedImage(2);

describe.each(Object.entries(backends))('pictures of chats in %s', (_backend, open) => {
  const start = async () => {
    const database = await open();
    opened.push(database);
    return database;
  };
  /** A chat with one question that shows these. */
  const ask = (database: ChatDatabase, id: string, images: readonly ReturnType<typeof storedImage>[]) =>
    database.edit(id, () => ({
      conversation: conversationOf(id, { leafId: `u-${id}` }),
      put: [messageOf(id, `u-${id}`, { images: images.map((image) => messageImage(image)) })],
      images,
    }));

  it('are kept apart from the message that shows them', async () => {
    const database = await start();
    await ask(database, 'c1', [cat, dog]);
    const message = await database.message('u-c1');
    expect(message?.images).toEqual([messageImage(cat), messageImage(dog)]);
    expect(JSON.stringify(message)).not.toContain('bytes');
    expect(await database.image(cat.sha256)).toEqual(cat);
    expect(await database.image(`0x${'0'.repeat(64)}`)).toBeNull();
  });

  it('go with the last chat that shows them', async () => {
    const database = await start();
    await ask(database, 'c1', [cat, dog]);
    await ask(database, 'c2', [cat]);
    await database.purge('c1', () => true);
    expect(await database.image(cat.sha256)).toEqual(cat);
    expect(await database.image(dog.sha256)).toBeNull();
    await database.purge('c2', () => true);
    expect(await database.image(cat.sha256)).toBeNull();
  });

  it('stay for a deleted message that may come back, until they are swept', async () => {
    const database = await start();
    await ask(database, 'c1', [cat]);
    await ask(database, 'c2', [dog]);
    const question = (await database.message('u-c1'))!;
    const conversation = conversationOf('c1');
    await database.edit('c1', () => ({ conversation, remove: ['u-c1'] }));
    await database.edit('c1', () => ({ conversation, put: [question] }));
    await database.sweepImages();
    expect(await database.image(cat.sha256)).toEqual(cat);
    await database.edit('c1', () => ({ conversation, remove: ['u-c1'] }));
    await database.sweepImages();
    expect(await database.image(cat.sha256)).toBeNull();
    expect(await database.image(dog.sha256)).toEqual(dog);
  });

  it('stay with a message that is edited by itself', async () => {
    const database = await start();
    await ask(database, 'c1', [cat]);
    await database.editMessage('u-c1', (message) => message && { ...message, text: 'Another' });
    await database.sweepImages();
    expect(await database.image(cat.sha256)).toEqual(cat);
  });

  it('are refused, message and all, where they would take more than they may', async () => {
    const database = await start();
    const most = MAX_IMAGES_BYTES / MAX_IMAGE_BYTES;
    for (let at = 0; at < most; at++) await ask(database, `c${at}`, [storedImage(at, MAX_IMAGE_BYTES)]);
    await expect(ask(database, 'over', [cat])).rejects.toMatchObject({ code: 'storage/full' });
    expect(await database.message('u-over')).toBeNull();
    // What is there already takes nothing more.
    await ask(database, 'again', [storedImage(1, MAX_IMAGE_BYTES)]);
    await database.purge('c0', () => true);
    await ask(database, 'over', [cat]);
  });
});

describe('a database from before there were pictures', () => {
  it('keeps its chats and takes pictures', async () => {
    const name = `pictures-${databases++}`;
    const old = await openDB(name, 1, {
      upgrade: (connection, _from, _to, transaction) => migrations[0]!(connection as never, transaction as never),
    });
    await old.put('conversations', conversationOf('c1', { leafId: 'u1' }));
    await old.put('messages', messageOf('c1', 'u1'));
    old.close();

    const database = await openDisk(name);
    opened.push(database);
    expect((await database.tree('c1')).messages).toEqual([messageOf('c1', 'u1')]);
    const question = messageOf('c1', 'u2', { parentId: 'u1', images: [messageImage(cat)] });
    await database.edit('c1', () => ({ put: [question], images: [cat] }));
    expect(await database.image(cat.sha256)).toEqual(cat);
  });

  it('shows nothing where a record is not a picture', async () => {
    const name = `pictures-${databases++}`;
    const database = await openDisk(name);
    opened.push(database);
    const raw = await openDB(name);
    await raw.put('images', { ...cat, bytes: Uint8Array.of(60, 115, 118, 103), sizeBytes: 4 });
    raw.close();
    expect(await database.image(cat.sha256)).toBeNull();
  });
});
