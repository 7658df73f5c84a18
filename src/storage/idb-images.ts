import type { ReadTransaction, WriteTransaction } from './idb-transactions.ts';
import type { Message } from './schema.ts';
import { checkImageRoom, readStoredImage } from './stored-image.ts';
import type { StoredImage } from './stored-image.ts';

/** The message with what the store's index on pictures reads; readers do not see it. */
export function messageRecord(message: Message): unknown {
  if (message.images === undefined) return message;
  return { ...message, imageHashes: message.images.map(({ sha256 }) => sha256) };
}

export async function readImage(transaction: ReadTransaction, sha256: string): Promise<StoredImage | null> {
  const record = await transaction.objectStore('images').get(sha256);
  return record === undefined ? null : readStoredImage(sha256, record);
}

/** Stores those that are not there. Throws storage/full. */
export async function addImages(transaction: WriteTransaction, images: readonly StoredImage[]): Promise<void> {
  const store = transaction.objectStore('images');
  const fresh: StoredImage[] = [];
  for (const image of images) if ((await store.getKey(image.sha256)) === undefined) fresh.push(image);
  if (fresh.length === 0) return;
  let sizeBytes = fresh.reduce((sum, { bytes }) => sum + bytes.length, 0);
  // Sizes are the index's keys: no picture is read.
  for (let at = await store.index('bySize').openKeyCursor(); at !== null; at = await at.continue()) sizeBytes += at.key;
  checkImageRoom(sizeBytes);
  await Promise.all(fresh.map((image) => store.put({ ...image, sizeBytes: image.bytes.length })));
}

/** Deletes those that no message refers to any more. */
export async function dropUnusedImages(transaction: WriteTransaction, hashes: readonly string[]): Promise<void> {
  const uses = transaction.objectStore('messages').index('byImage');
  for (const sha256 of hashes) {
    if ((await uses.getKey(sha256)) === undefined) await transaction.objectStore('images').delete(sha256);
  }
}
