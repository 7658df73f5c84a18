import { describe, expect, it } from 'vitest';
import { hex32 } from '../ids.ts';
import { imageIds } from './image-ids.ts';
import { tokensHash } from './tokens-hash.ts';

const file = Uint8Array.of(1, 2, 3);

describe('what stands for a picture in a prompt', () => {
  it('is its SHA-256 in words whose top bit is set, over and over', () => {
    // SHA-256 039058c6 f2c0cb49 2c533b0a 4d14ef77 cc0f78ab ccced528 7d84a1a2 011cfb81
    const words = [
      0x839058c6, 0xf2c0cb49, 0xac533b0a, 0xcd14ef77, 0xcc0f78ab, 0xccced528, 0xfd84a1a2, 0x811cfb81, 0x839058c6,
      0xf2c0cb49,
    ];
    expect([...imageIds(file, 10)]).toEqual(words);
  });

  it('is of another picture, and of another length, another hash', () => {
    const prompts = [imageIds(file, 16), imageIds(file, 17), imageIds(Uint8Array.of(1, 2, 4), 16)];
    expect(new Set(prompts.map((ids) => hex32(tokensHash(ids)))).size).toBe(3);
  });
});
