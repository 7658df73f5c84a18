import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDrawn } from './lottery.ts';
import { drawPositions } from './positions.ts';
import { tokensHash } from './tokens-hash.ts';

const bytes = (size: number, value: number) => new Uint8Array(size).fill(value);
const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const badInput = expect.objectContaining({ code: 'par1/bad-input' }) as Error;

describe('positions', () => {
  it('are distinct, inside the answer, and a longer draw begins as a shorter one', () => {
    fc.assert(
      fc.property(anyHash, fc.integer({ min: 1, max: 500 }), fc.nat(), (beacon, leafCount, wanted) => {
        const pick = 1 + (wanted % Math.min(leafCount, 64));
        const draw = { beacon, receiptHash: bytes(32, 2), auditor: bytes(20, 3), leafCount };
        const positions = drawPositions({ ...draw, pick });
        expect(new Set(positions).size).toBe(pick);
        for (const position of positions) expect(position).toBeLessThan(leafCount);
        expect(drawPositions({ ...draw, pick: pick - 1 })).toEqual(positions.slice(0, -1));
      }),
    );
  });

  it('can be all of them', () => {
    const all = drawPositions({
      beacon: bytes(32, 1),
      receiptHash: bytes(32, 2),
      auditor: bytes(20, 3),
      leafCount: 9,
      pick: 9,
    });
    expect(all.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('refuses more than there are, and inputs of another length', () => {
    const draw = { beacon: bytes(32, 1), receiptHash: bytes(32, 2), auditor: bytes(20, 3), leafCount: 9, pick: 3 };
    expect(() => drawPositions({ ...draw, pick: 10 })).toThrow(badInput);
    expect(() => drawPositions({ ...draw, leafCount: 0 })).toThrow(badInput);
    expect(() => drawPositions({ ...draw, auditor: bytes(32, 3) })).toThrow(badInput);
  });
});

describe('audit lottery', () => {
  it('draws all at 1, none at 0, and about the rate between', () => {
    const counts = [0, 0.2, 1].map((alpha) => {
      let drawn = 0;
      for (let n = 0; n < 2000; n++) {
        const receiptHash = bytes(32, 0);
        new DataView(receiptHash.buffer).setUint32(0, n);
        if (isDrawn(bytes(32, 9), receiptHash, alpha)) drawn += 1;
      }
      return drawn;
    });
    expect(counts[0]).toBe(0);
    expect(counts[2]).toBe(2000);
    expect(Math.abs(counts[1]! - 400)).toBeLessThan(90);
  });

  it('refuses a rate outside 0 to 1', () => {
    for (const alpha of [-0.1, 1.1, NaN]) {
      expect(() => isDrawn(bytes(32, 1), bytes(32, 2), alpha)).toThrow(badInput);
    }
  });
});

describe('token hash', () => {
  it('tells lists apart that share their bytes, and refuses what is no u32', () => {
    expect(tokensHash([])).not.toEqual(tokensHash([0]));
    expect(tokensHash([0, 1])).not.toEqual(tokensHash([1, 0]));
    expect(tokensHash([1])).toEqual(tokensHash(Uint32Array.of(1)));
    for (const bad of [-1, 0.5, 2 ** 32]) expect(() => tokensHash([bad])).toThrow(badInput);
  });
});
