import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readImageHead } from './image-head.ts';

const ascii = (text: string) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
const PNG = [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a, 0, 0, 0, 13, ...ascii('IHDR'), 0, 0, 4, 0, 0, 0, 3, 0];
const SOF = [0xff, 0xc0, 0, 11, 8, 0x03, 0x00, 0x04, 0x00, 1, 1, 0x11, 0];
const webp = (chunk: string, body: readonly number[]) => [
  ...ascii('RIFF'),
  ...[0, 0, 0, 0],
  ...ascii('WEBP'),
  ...ascii(chunk),
  ...[0, 0, 0, 0],
  ...body,
  ...Array.from({ length: 16 }, () => 0),
];

const read = (bytes: readonly number[]) => readImageHead(Uint8Array.from(bytes));

describe('the head of a picture', () => {
  it('says type and size of PNG, JPEG and the three forms of WebP', () => {
    const size = { width: 1024, height: 768 };
    expect(read(PNG)).toEqual({ mimeType: 'image/png', ...size });
    const exif = [0xff, 0xe1, 0, 8, ...ascii('Exif'), 0, 0];
    const table = [0xff, 0xc4, 0, 4, 9, 9];
    expect(read([0xff, 0xd8, ...exif, 0xff, ...table, ...SOF])).toEqual({ mimeType: 'image/jpeg', ...size });
    const extended = [0, 0, 0, 0, 0xff, 0x03, 0, 0xff, 0x02, 0];
    expect(read(webp('VP8X', extended))).toEqual({ mimeType: 'image/webp', ...size });
    // 14 bits of width − 1, 14 of height − 1.
    const bits = 1023 | (767 << 14);
    const lossless = [0x2f, ...[0, 8, 16, 24].map((shift) => (bits >>> shift) & 0xff)];
    expect(read(webp('VP8L', lossless))).toEqual({ mimeType: 'image/webp', ...size });
    expect(read(webp('VP8 ', [0, 0, 0, 0x9d, 0x01, 0x2a, 0, 4, 0, 3]))).toEqual({ mimeType: 'image/webp', ...size });
  });

  it('is none of a drawing, a text, a picture without a size or a frame', () => {
    expect(read(ascii('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'))).toBeNull();
    expect(read(ascii('GIF89a'))).toBeNull();
    expect(read([])).toBeNull();
    expect(read(PNG.slice(0, 20))).toBeNull();
    expect(read(PNG.map((byte, at) => (at >= 16 && at < 20 ? 0 : byte)))).toBeNull();
    expect(read([0xff, 0xd8, 0xff, 0xda, 0, 4, 0, 0, ...SOF])).toBeNull();
    expect(read([0xff, 0xd8, 0xff, 0xe0, 0, 0, ...SOF])).toBeNull();
    expect(read(webp('XXXX', [1, 2, 3]))).toBeNull();
  });

  it('never fails, whatever follows the first bytes', () => {
    const starts = [[0xff, 0xd8], PNG.slice(0, 16), webp('VP8X', []).slice(0, 16), webp('VP8L', []).slice(0, 16)];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 64 }), (start, rest) => {
        const head = readImageHead(Uint8Array.from([...start, ...rest]));
        if (head !== null) expect(Math.min(head.width, head.height)).toBeGreaterThan(0);
      }),
    );
  });
});
