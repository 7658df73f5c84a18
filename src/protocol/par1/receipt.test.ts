import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, hex32 } from '../ids.ts';
import { RECEIPT_BYTES } from './constants.ts';
import { decodeReceipt, encodeReceipt } from './receipt.ts';
import type { Receipt } from './receipt.ts';

const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const hash = bytesOf(32).map((bytes) => hex32(bytes));

const anyReceipt: fc.Arbitrary<Receipt> = fc.record({
  chainId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  jobId: hash,
  prover: bytesOf(20).map((bytes) => address(bytes)),
  manifest: hash,
  promptHash: hash,
  outputHash: hash,
  params: fc.record({
    temperatureQ: fc.nat(65535),
    topPBps: fc.integer({ min: 1, max: 10000 }),
    topK: fc.integer({ min: 1, max: 32 }),
  }),
  seed: hash,
  leafCount: fc.integer({ min: 1, max: 0xffffffff }),
  root: hash,
});

const badReceipt = expect.objectContaining({ code: 'par1/bad-receipt' }) as Error;

describe('receipt', () => {
  it('round-trips', () => {
    fc.assert(
      fc.property(anyReceipt, (receipt) => {
        const bytes = encodeReceipt(receipt);
        expect(bytes.length).toBe(RECEIPT_BYTES);
        expect(decodeReceipt(bytes)).toEqual(receipt);
      }),
    );
  });

  it('accepts only bytes that it would write itself, and refuses all others with a typed error', () => {
    const mutated = fc
      .tuple(anyReceipt, fc.array(fc.tuple(fc.nat(RECEIPT_BYTES - 1), fc.nat(255)), { maxLength: 4 }))
      .map(([receipt, changes]) => {
        const bytes = encodeReceipt(receipt);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 260 })), (bytes) => {
        let receipt: Receipt;
        try {
          receipt = decodeReceipt(bytes);
        } catch (error) {
          expect(error).toEqual(badReceipt);
          return;
        }
        expect(encodeReceipt(receipt)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['another beginning', 8, [0x32]],
    ['the first reserved bytes', 166, [1]],
    ['topP 0', 169, [0, 0]],
    ['topP over 10000', 169, [0x27, 0x11]],
    ['topK 0', 171, [0, 0]],
    ['topK 33', 171, [0, 33]],
    ['the second reserved bytes', 173, [1]],
    ['no leaf', 207, [0, 0, 0, 0]],
  ])('refuses %s', (_what, at, values) => {
    const zero = hex32(new Uint8Array(32));
    const bytes = encodeReceipt({
      chainId: 1n,
      jobId: zero,
      prover: address(new Uint8Array(20)),
      manifest: zero,
      promptHash: zero,
      outputHash: zero,
      params: { temperatureQ: 0, topPBps: 10000, topK: 32 },
      seed: zero,
      leafCount: 1,
      root: zero,
    });
    const receipt = decodeReceipt(bytes);
    bytes.set(values, at);
    expect(() => decodeReceipt(bytes)).toThrow(badReceipt);
    expect(() => encodeReceipt({ ...receipt, chainId: 2n ** 64n })).toThrow('2^64');
    expect(() => encodeReceipt({ ...receipt, chainId: -1n })).toThrow('2^64');
    expect(() => encodeReceipt({ ...receipt, leafCount: 0 })).toThrow('leafCount');
  });
});
