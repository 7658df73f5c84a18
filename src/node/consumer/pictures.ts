import * as v from 'valibot';
import { chatImagesSchema } from '../../protocol/chat-image.ts';
import type { ChatImage } from '../../protocol/chat-image.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { ChatDatabase } from '../../storage/chat-database.ts';
import { MAX_IMAGE_NAME_CHARS } from '../../storage/constants.ts';
import type { Message, MessageImage } from '../../storage/schema.ts';
import { imageHashesOf, storedImageOf } from '../../storage/stored-image.ts';
import type { StoredImage } from '../../storage/stored-image.ts';
import type { AttachedImage } from '../app.ts';

/** The pictures of one question: how its message names them, and what is stored beside it. */
export interface QuestionPictures {
  readonly named: readonly MessageImage[];
  readonly stored: readonly StoredImage[];
}

const NO_PICTURES: QuestionPictures = { named: [], stored: [] };

/** Throws app/bad-request for pictures that could not be stored. */
export function questionPictures(images: readonly AttachedImage[]): QuestionPictures {
  if (images.length === 0) return NO_PICTURES;
  const parsed = v.safeParse(chatImagesSchema, images);
  if (!parsed.success) {
    throw new WeftError('app/bad-request', `The pictures cannot be sent: expected ${parsed.issues[0].message}.`, {
      hints: ['Remove them and attach them again.'],
    });
  }
  const stored = parsed.output.map(storedImageOf);
  const named = stored.map(({ sha256, mimeType, width, height }, at): MessageImage => {
    const name = images[at]!.name.trim().slice(0, MAX_IMAGE_NAME_CHARS);
    return { sha256, mimeType, width, height, name };
  });
  return { named, stored };
}

/** The pictures that messages show, by hash; those that are gone are not in it. */
export async function picturesOf(
  messages: readonly Message[],
  database: ChatDatabase,
): Promise<ReadonlyMap<string, ChatImage>> {
  const found = new Map<string, ChatImage>();
  for (const sha256 of imageHashesOf(messages)) {
    const image = await database.image(sha256);
    if (image === null) continue;
    const { mimeType, width, height, bytes } = image;
    found.set(sha256, { mimeType, width, height, bytes });
  }
  return found;
}
