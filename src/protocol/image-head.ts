/** What pictures in chats are encoded as. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

interface ImageHead extends Size {
  readonly mimeType: (typeof IMAGE_TYPES)[number];
}

const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * What the first bytes of a file say it is, whatever its name says; null for anything but PNG, JPEG and WebP, and for
 * files cut off in their head. Sizes are as stored: JPEG's orientation is not applied.
 */
export function readImageHead(bytes: Uint8Array): ImageHead | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = PNG_MAGIC.every((byte, at) => bytes[at] === byte) ? pngSize(view) : null;
  if (size !== null) return { mimeType: 'image/png', ...size };
  const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8 ? jpegSize(view) : null;
  if (jpeg !== null) return { mimeType: 'image/jpeg', ...jpeg };
  const webp = isText(view, 0, 'RIFF') && isText(view, 8, 'WEBP') ? webpSize(view) : null;
  return webp === null ? null : { mimeType: 'image/webp', ...webp };
}

function pngSize(view: DataView): Size | null {
  if (view.byteLength < 24 || !isText(view, 12, 'IHDR')) return null;
  return sizeOf(view.getUint32(16), view.getUint32(20));
}

/** Walks the segments to the frame header (ITU T.81, B.2.2). */
function jpegSize(view: DataView): Size | null {
  for (let at = 2; at + 9 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      // Filling before a marker.
      at++;
      continue;
    }
    const isTable = marker === 0xc4 || marker === 0xc8 || marker === 0xcc;
    if (marker >= 0xc0 && marker <= 0xcf && !isTable) return sizeOf(view.getUint16(at + 7), view.getUint16(at + 5));
    // The picture itself, or its end, before any frame: not a JPEG that can be shown.
    if (marker === 0xda || marker === 0xd9) return null;
    const length = view.getUint16(at + 2);
    if (length < 2) return null;
    at += 2 + length;
  }
  return null;
}

/** The three forms of the first chunk (RFC 9649). */
function webpSize(view: DataView): Size | null {
  if (view.byteLength < 30) return null;
  if (isText(view, 12, 'VP8X')) return sizeOf(1 + uint24(view, 24), 1 + uint24(view, 27));
  if (isText(view, 12, 'VP8L')) {
    const bits = view.getUint32(21, true);
    return view.getUint8(20) === 0x2f ? sizeOf(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)) : null;
  }
  if (!isText(view, 12, 'VP8 ')) return null;
  return sizeOf(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

function sizeOf(width: number, height: number): Size | null {
  return width > 0 && height > 0 ? { width, height } : null;
}

function isText(view: DataView, at: number, text: string): boolean {
  if (at + text.length > view.byteLength) return false;
  for (let i = 0; i < text.length; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return false;
  return true;
}
