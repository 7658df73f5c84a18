import type { AttachedImage } from '../../node/app.ts';
import { MAX_IMAGE_BYTES } from '../../protocol/chat-image.ts';
import { WeftError } from '../../protocol/errors.ts';
import { readImageHead } from '../../protocol/image-head.ts';

/** Width and height of what is sent, in pixels: above what models look at, and small enough to keep many. */
const SIDE_PX = 1536;
/** Bytes and pixels of what a camera may have made; more would take the page's memory. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_PIXELS = 100_000_000;
/** Where a JPEG's size stands: after its notes and previews. */
const HEAD_BYTES = 2 * 1024 * 1024;
const QUALITIES = [0.9, 0.6] as const;

/**
 * A picture from a file, scaled down and encoded anew: what cameras write into files (place, time, owner) does not come
 * along. Throws app/bad-request.
 */
export async function readPicture(file: File): Promise<AttachedImage> {
  const name = file.name === '' ? 'Picture' : file.name;
  if (file.size > MAX_FILE_BYTES) {
    throw refused(`${name} has ${megabytes(file.size)}; at most ${megabytes(MAX_FILE_BYTES)} can be attached.`);
  }
  const head = readImageHead(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (head === null) throw refused(`${name} is not a picture that can be attached.`);
  if (head.width * head.height > MAX_PIXELS) {
    throw refused(`${name} has ${head.width} × ${head.height} pixels, which is too many.`);
  }
  let bitmap: ImageBitmap;
  try {
    // The type that the bytes have, whatever the file is called; turned as the camera was held.
    bitmap = await createImageBitmap(file.slice(0, file.size, head.mimeType));
  } catch (cause) {
    throw refused(`${name} is damaged.`, cause);
  }
  try {
    const scale = Math.min(1, SIDE_PX / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(scale * bitmap.width));
    const height = Math.max(1, Math.round(scale * bitmap.height));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context === null) throw refused(`This browser cannot scale ${name}.`);
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    for (const quality of QUALITIES) {
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
      if (blob.size > MAX_IMAGE_BYTES) continue;
      return { name, mimeType: 'image/jpeg', width, height, bytes: new Uint8Array(await blob.arrayBuffer()) };
    }
    throw refused(`${name} stays too large however it is encoded.`);
  } finally {
    bitmap.close();
  }
}

function refused(sentence: string, cause?: unknown): WeftError {
  return new WeftError('app/bad-request', sentence, { hints: ['Choose a PNG, JPEG or WebP file.'], cause });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}
