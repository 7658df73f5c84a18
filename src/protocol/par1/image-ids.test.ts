import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FIRST_IMAGE_ID, imageIds } from './image-ids.ts';
import { tokensHash } from './tokens-hash.ts';

const file = Uint8Array.of(1, 2, 3);

describe('what stands for a picture in a prompt', () => {
  it('is its SHA-256 in words of 31 bits, over and over', () => {
    const hash = createHash('sha256').update(file).digest();
    const ids = imageIds(file, 19);
    expect(ids).toHaveLength(19);
    for (const [at, id] of ids.entries()) {
      expect(id).toBeGreaterThanOrEqual(FIRST_IMAGE_ID);
      expect(id & 0x7fff_ffff).toBe(hash.readUInt32BE(4 * (at % 8)) & 0x7fff_ffff);
    }
  });

  it('is of another picture, and of another length, another hash', () => {
    const hashOf = (ids: Uint32Array) => Buffer.from(tokensHash(ids)).toString('hex');
    const hashes = [imageIds(file, 16), imageIds(file, 17), imageIds(Uint8Array.of(1, 2, 4), 16)].map(hashOf);
    expect(new Set(hashes).size).toBe(3);
  });
});
