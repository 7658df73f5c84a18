import type { MessageImage } from './schema.ts';
import { storedImageOf } from './stored-image.ts';
import type { StoredImage } from './stored-image.ts';

const PNG_HEAD = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];

/** A picture by its number: the head of a PNG of 64 × 48 pixels and as many bytes as are wanted. */
export function storedImage(number: number, sizeBytes = 32): StoredImage {
  const bytes = new Uint8Array(sizeBytes);
  bytes.set([...PNG_HEAD, 0, 0, 0, 64, 0, 0, 0, 48, number >> 8, number & 255]);
  return storedImageOf({ mimeType: 'image/png', width: 64, height: 48, bytes });
}

/** How a message refers to it. */
export function messageImage({ sha256, mimeType, width, height }: StoredImage, name = 'A cat'): MessageImage {
  return { sha256, mimeType, width, height, name };
}
