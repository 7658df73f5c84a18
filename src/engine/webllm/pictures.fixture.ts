import type { ChatImage } from '../../protocol/chat-image.ts';
import { imageIds } from '../../protocol/par1/image-ids.ts';

/** A picture to models that are stand-ins: its bytes are none that could be decoded. */
export const pictureOf = (byte: number): ChatImage => ({
  mimeType: 'image/jpeg',
  bytes: Uint8Array.of(byte),
  width: 64,
  height: 48,
});

/** Words, a picture of 12 positions, words. */
export function textWithPicture(byte: number, question: readonly number[] = [7, 8, 9]) {
  const image = pictureOf(byte);
  const ids = Uint32Array.from([1, 2, 3, ...imageIds(image.bytes, 12), ...question]);
  return { ids, images: [{ at: 3, count: 12, image }] };
}
