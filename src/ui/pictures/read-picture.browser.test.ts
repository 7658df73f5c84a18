import { describe, expect, it } from 'vitest';
import { readImageHead } from '../../protocol/image-head.ts';
import { paintPhoto, paintPicture } from './paint-picture.fixture.ts';
import { readPicture } from './read-picture.ts';

const textOf = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);

async function pixelAt(bytes: Uint8Array<ArrayBuffer>, x: number, y: number): Promise<readonly number[]> {
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return [...context.getImageData(x, y, 1, 1).data];
}

describe('a picture that is attached', () => {
  it('is scaled down in its shape; a small one keeps its size', async () => {
    const large = await readPicture(await paintPicture(3000, 1000, 'wide.png'));
    expect(large).toMatchObject({ name: 'wide.png', mimeType: 'image/jpeg', width: 1536, height: 512 });
    expect(readImageHead(large.bytes)).toEqual({ mimeType: 'image/jpeg', width: 1536, height: 512 });
    const small = await readPicture(await paintPicture(40, 30, 'small.webp', 'image/webp'));
    expect(readImageHead(small.bytes)).toEqual({ mimeType: 'image/jpeg', width: 40, height: 30 });
  });

  it('loses what the camera noted and stands as it was held', async () => {
    const photo = await paintPhoto(600, 400, 'photo.jpg');
    expect(textOf(new Uint8Array(await photo.arrayBuffer()))).toContain('52.5200N');
    const { bytes, width, height } = await readPicture(photo);
    expect([width, height]).toEqual([400, 600]);
    expect(textOf(bytes)).not.toMatch(/Exif|52\.5200N/u);
    // Turned to the right: what was its left is above.
    const [red, , blue] = await pixelAt(bytes, 200, 100);
    expect(red).toBeGreaterThan(180);
    expect(blue).toBeLessThan(80);
  });

  it('is white where it is transparent', async () => {
    const canvas = new OffscreenCanvas(10, 10);
    canvas.getContext('2d');
    const { bytes } = await readPicture(new File([await canvas.convertToBlob()], 'clear.png'));
    expect((await pixelAt(bytes, 5, 5)).every((part) => part > 250)).toBe(true);
  });

  it.each([
    ['a drawing', new File(['<svg xmlns="http://www.w3.org/2000/svg"/>'], 'x.svg', { type: 'image/svg+xml' })],
    ['a drawing that calls itself a PNG', new File(['<svg/>'], 'x.png', { type: 'image/png' })],
    ['a text', new File(['hello'], 'x.txt')],
    ['nothing', new File([], 'x.png', { type: 'image/png' })],
  ])('is not %s', async (_, file) => {
    await expect(readPicture(file)).rejects.toMatchObject({
      code: 'app/bad-request',
      message: `${file.name} is not a picture that can be attached.`,
    });
  });

  it('is refused where it is damaged or would take all memory', async () => {
    const whole = await paintPicture(40, 30, 'cut.png');
    await expect(readPicture(new File([whole.slice(0, 40)], 'cut.png'))).rejects.toThrow('cut.png is damaged.');
    const huge = new Uint8Array(await whole.arrayBuffer());
    new DataView(huge.buffer).setUint32(16, 60_000);
    new DataView(huge.buffer).setUint32(20, 60_000);
    await expect(readPicture(new File([huge], 'huge.png'))).rejects.toThrow('60000 × 60000 pixels');
  });
});
