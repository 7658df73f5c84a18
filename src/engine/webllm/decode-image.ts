import type { ChatImage } from '../../protocol/chat-image.ts';
import { WeftError } from '../../protocol/errors.ts';

/** The pixels of a picture; what is transparent is white. Throws engine/bad-input. */
export async function decodeImage({ bytes, mimeType, width, height }: ChatImage): Promise<ImageData> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes], { type: mimeType }));
  } catch (cause) {
    throw unreadable('it cannot be decoded', cause);
  }
  try {
    // Its place in the prompt was counted from the size it said.
    if (bitmap.width !== width || bitmap.height !== height) throw unreadable('it has another size than it says');
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (context === null) throw unreadable('this browser has no canvas for it');
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, width, height);
  } finally {
    bitmap.close();
  }
}

function unreadable(why: string, cause?: unknown): WeftError {
  return new WeftError('engine/bad-input', `A picture of this chat is not usable: ${why}.`, {
    hints: ['Ask again and attach the picture anew.'],
    cause,
  });
}
