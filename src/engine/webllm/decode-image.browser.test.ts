import { describe, expect, it } from 'vitest';
import type { ChatImage } from '../../protocol/chat-image.ts';
import { decodeImage } from './decode-image.ts';

async function paint(mimeType: ChatImage['mimeType']): Promise<ChatImage> {
  const canvas = new OffscreenCanvas(6, 4);
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'rgb(200 30 10)';
  context.fillRect(0, 0, 3, 4);
  const blob = await canvas.convertToBlob({ type: mimeType, quality: 1 });
  return { mimeType, width: 6, height: 4, bytes: new Uint8Array(await blob.arrayBuffer()) };
}

describe('the pixels of a picture', () => {
  it('are those of the file, what is transparent white', async () => {
    const { width, height, data } = await decodeImage(await paint('image/png'));
    expect([width, height]).toEqual([6, 4]);
    expect([...data.subarray(0, 4)]).toEqual([200, 30, 10, 255]);
    expect([...data.subarray(20, 24)]).toEqual([255, 255, 255, 255]);
  });

  it('are refused of a file that is broken or of another size than it says', async () => {
    const image = await paint('image/jpeg');
    await expect(decodeImage({ ...image, width: 7 })).rejects.toMatchObject({ code: 'engine/bad-input' });
    const broken = { ...image, bytes: image.bytes.slice(0, 30) };
    await expect(decodeImage(broken)).rejects.toMatchObject({ code: 'engine/bad-input' });
  });
});
