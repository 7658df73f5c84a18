import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { fromHex, toHex } from './ids.ts';

const anything = v.unknown();
const bad = expect.objectContaining({ code: 'mesh/bad-message' }) as unknown;
const bytesOf = (hex: string) => fromHex(`0x${hex}`, hex.length / 2);

describe('deterministic CBOR', () => {
  // RFC 8949, appendix A.
  it.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1_000_000, '1a000f4240'],
    [-1, '20'],
    [1.1, 'fb3ff199999999999a'],
    [false, 'f4'],
    [null, 'f6'],
    ['', '60'],
    ['ü', '62c3bc'],
    [[1, [2, 3]], '8201820203'],
    [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  ])('writes %j as %s', (value, hex) => {
    expect(toHex(encodeCbor(value))).toBe(`0x${hex}`);
    expect(decodeCbor('It', anything, bytesOf(hex))).toEqual(value);
  });

  it('writes the same bytes whatever the order of the fields', () => {
    expect(encodeCbor({ b: 1, a: 2, aa: 3 })).toEqual(encodeCbor({ aa: 3, a: 2, b: 1 }));
  });

  it('gives back what it was given', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
        fc.boolean(),
        fc.string(),
        fc.constant(null),
        fc.uint8Array({ maxLength: 20 }),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 5 }), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any as fc.Arbitrary<unknown>;
    fc.assert(
      fc.property(value, (given) => {
        const bytes = encodeCbor(given);
        const read = decodeCbor('It', anything, bytes);
        expect(encodeCbor(read)).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a value and another', '0000'],
    ['a number that could be shorter', '1800'],
    ['a length that is not known', '5f42010243030405ff'],
    ['a list that ends somewhere', '9f01ff'],
    ['a field twice', 'a2616101616102'],
    ['undefined', 'f7'],
    ['no number', 'f97e00'],
    ['infinity', 'f97c00'],
    ['a number that a double cannot hold', '1bffffffffffffffff'],
    ['text that is no UTF-8', '62c328'],
    ['fields in another order', 'a2616201616102'],
    ['a whole number as a fraction', 'f93c00'],
    ['a fraction that could be shorter', 'fb3ff8000000000000'],
    ['a tag', 'c11a514b67b0'],
    ['less than it promises', '830102'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeCbor('It', anything, bytesOf(hex))).toThrow(bad);
  });

  it('names the field that is not usable, and does not repeat what a stranger wrote there', () => {
    const schema = v.object({ list: v.array(v.object({ port: v.number() })) });
    expect(() => decodeCbor('A card', schema, encodeCbor({ list: [{ port: 1 }, { port: 'secret' }] }))).toThrow(
      /^A card is not usable at list\.1\.port(?!.*secret)/,
    );
  });

  it('throws its own error for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeCbor('It', anything, bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'mesh/bad-message' });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('survives lists within lists within lists', () => {
    expect(() => decodeCbor('It', anything, new Uint8Array(200_000).fill(0x81))).toThrow(bad);
  });

  it.each([
    ['lists', 0x80],
    ['maps', 0xa0],
    ['numbers', 0x00],
  ])('refuses a message of a million %s before any is made', (_, head) => {
    const bytes = new Uint8Array(1_000_005).fill(head);
    bytes[0] = 0x9a;
    new DataView(bytes.buffer).setUint32(1, bytes.length - 5);
    let isMade = false;
    const looked = v.pipe(
      v.unknown(),
      v.check(() => (isMade = true)),
    );
    expect(() => decodeCbor('It', looked, bytes)).toThrow(bad);
    expect(isMade).toBe(false);
  });

  it('reads long bytes and texts, which are one value each', () => {
    const bytes = encodeCbor([new Uint8Array(1_000_000).fill(0x80), '\u0080'.repeat(70_000)]);
    const schema = v.tuple([v.pipe(v.instance(Uint8Array), v.length(1_000_000)), v.pipe(v.string(), v.length(70_000))]);
    expect(() => void decodeCbor('It', schema, bytes)).not.toThrow();
  });
});
