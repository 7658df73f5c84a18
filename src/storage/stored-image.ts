import * as v from 'valibot';
import type { ChatImage } from '../protocol/chat-image.ts';
import { chatImageSchema } from '../protocol/chat-image.ts';
import { hex32 } from '../protocol/ids.ts';
import type { Hex32 } from '../protocol/ids.ts';
import { WeftError } from '../protocol/errors.ts';
import { taggedHash } from '../protocol/par1/sha256.ts';
import { MAX_IMAGES_BYTES } from './constants.ts';
import type { Message } from './schema.ts';

/** A picture as it is kept: once, however many messages show it. */
export interface StoredImage extends ChatImage {
  /** Of its bytes; messages refer to it by this. */
  readonly sha256: Hex32;
}

export function storedImageOf({ mimeType, width, height, bytes }: ChatImage): StoredImage {
  return { sha256: hex32(taggedHash('', bytes)), mimeType, width, height, bytes };
}

/** A record of the store; null where it is none that could be shown. */
export function readStoredImage(sha256: string, record: unknown): StoredImage | null {
  const parsed = v.safeParse(chatImageSchema, record);
  return parsed.success ? { ...parsed.output, sha256: hex32(sha256) } : null;
}

/** The pictures that messages refer to, each once. */
export function imageHashesOf(messages: readonly Message[]): readonly Hex32[] {
  return [...new Set(messages.flatMap(({ images }) => (images ?? []).map(({ sha256 }) => sha256)))];
}

/** Throws storage/full where pictures would take more than they may. */
export function checkImageRoom(sizeBytes: number): void {
  if (sizeBytes <= MAX_IMAGES_BYTES) return;
  const most = `${MAX_IMAGES_BYTES / 1024 / 1024} MB`;
  throw new WeftError(
    'storage/full',
    `The pictures in your chats would take more than ${most}, the most this page keeps.`,
    {
      hints: [
        'Delete chats with pictures that you no longer need, for good, then try again.',
        'Send it without the picture.',
      ],
    },
  );
}
