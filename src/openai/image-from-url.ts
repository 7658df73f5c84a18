import { MAX_IMAGE_BYTES } from '../protocol/chat-image.ts';
import type { ChatImage } from '../protocol/chat-image.ts';
import { readImageHead } from '../protocol/image-head.ts';
import { RequestError } from './request-error.ts';

const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+;base64,/i;

/** The picture in a `data:` URL. Throws gateway/bad-request: no other address is ever fetched. */
export function imageFromUrl(url: string, param: string): ChatImage {
  const head = DATA_URL.exec(url.slice(0, 100))?.[0];
  if (head === undefined) {
    throw new RequestError('A picture has to come with the request, as a data: URL in base64; nothing is fetched.', {
      param,
    });
  }
  const base64 = url.slice(head.length);
  if ((base64.length * 3) / 4 > MAX_IMAGE_BYTES + 3) {
    throw new RequestError(`A picture has at most ${MAX_IMAGE_BYTES} bytes.`, { param });
  }
  const bytes = decode(base64, param);
  const found = readImageHead(bytes);
  if (found === null) throw new RequestError('The picture is not a PNG, JPEG or WebP file.', { param });
  return { ...found, bytes };
}

function decode(base64: string, param: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new RequestError('The picture is not base64.', { param, cause });
  }
}
