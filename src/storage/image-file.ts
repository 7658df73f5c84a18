import * as v from 'valibot';
import { chatImageSchema, MAX_IMAGE_BYTES } from '../protocol/chat-image.ts';
import { storedImageOf } from './stored-image.ts';
import type { StoredImage } from './stored-image.ts';

/** Characters of the largest picture in base64. */
const MAX_BASE64_CHARS = 4 * Math.ceil(MAX_IMAGE_BYTES / 3);
/** Bytes that become characters in one call: more would be too many arguments. */
const STEP_BYTES = 32_768;

const entrySchema = v.object({
  mimeType: v.string(),
  width: v.number(),
  height: v.number(),
  base64: v.pipe(v.string(), v.maxLength(MAX_BASE64_CHARS)),
});

/** A picture in an export. */
export function imageEntry({ mimeType, width, height, bytes }: StoredImage): unknown {
  let binary = '';
  for (let from = 0; from < bytes.length; from += STEP_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(from, from + STEP_BYTES));
  }
  return { mimeType, width, height, base64: btoa(binary) };
}

/** A picture of an export under its own hash, whatever the file says; null where it is none that can be shown. */
export function readImageEntry(entry: unknown): StoredImage | null {
  const outside = v.safeParse(entrySchema, entry);
  if (!outside.success) return null;
  const { base64, ...rest } = outside.output;
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    // Not base64: not a picture.
    return null;
  }
  const bytes = Uint8Array.from({ length: binary.length }, (_, at) => binary.charCodeAt(at));
  const image = v.safeParse(chatImageSchema, { ...rest, bytes });
  return image.success ? storedImageOf(image.output) : null;
}
