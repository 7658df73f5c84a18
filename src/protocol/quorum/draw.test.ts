import fc from 'fast-check';
import { encodePacked, keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { address, hex32 } from '../ids.ts';
import { drawOperators, eligibleHash } from './draw.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hex32(bytes));
const badRequest = expect.objectContaining({ code: 'app/bad-request' }) as Error;
const accounts = (count: number) => Array.from({ length: count }, (_, at) => address(new Uint8Array(20).fill(at)));

describe('draw', () => {
  it('takes distinct nodes of the list, and a longer one begins as a shorter one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), hash, (count, wanted, beacon) => {
        const eligible = accounts(count);
        const pick = wanted % (count + 1);
        const drawn = drawOperators(eligible, beacon, pick);
        expect(new Set(drawn).size).toBe(pick);
        expect(eligible).toEqual(expect.arrayContaining(drawn));
        expect(drawOperators(eligible, beacon, count).slice(0, pick)).toEqual(drawn);
        expect(eligible).toEqual(accounts(count));
      }),
    );
  });

  it('gives each node about the same chance', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 900; n++) {
      const beacon = new Uint8Array(32);
      new DataView(beacon.buffer).setUint32(0, n);
      for (const one of drawOperators(accounts(9), hex32(beacon), 3)) counts.set(one, (counts.get(one) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 300)).toBeLessThan(75);
  });

  it('refuses more nodes than there are, and lists beyond 256', () => {
    const beacon = hex32(new Uint8Array(32));
    expect(drawOperators(accounts(256), beacon, 256)).toHaveLength(256);
    for (const [count, pick] of [
      [3, 4],
      [3, -1],
      [3, 1.5],
      [257, 3],
    ] as const) {
      expect(() => drawOperators(accounts(count), beacon, pick)).toThrow(badRequest);
    }
    expect(() => eligibleHash(accounts(257))).toThrow(badRequest);
  });

  it('is bound to the packed list', () => {
    const [a, b, c] = accounts(3);
    expect(eligibleHash([a!, b!, c!])).toBe(keccak256(encodePacked(['address', 'address', 'address'], [a!, b!, c!])));
    expect(eligibleHash([b!, a!, c!])).not.toBe(eligibleHash([a!, b!, c!]));
  });
});
