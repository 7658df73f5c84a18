import { WeftError } from './errors.ts';

/** RFC 4648 §5 without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The bytes of base64url text in its one form; throws app/bad-request, also where there are more than `maxBytes`. */
export function decodeBase64Url(text: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  if (text.length > Math.ceil((maxBytes * 4) / 3) || !/^[\w-]*$/.test(text) || text.length % 4 === 1) throw notBase64();
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  // Bits after the last byte must be 0: there is one text for given bytes.
  if (encodeBase64Url(bytes) !== text) throw notBase64();
  return bytes;
}

function notBase64(): WeftError {
  return new WeftError('app/bad-request', 'A text that should be base64url is not, or it is too long.');
}
