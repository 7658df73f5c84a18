import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, hex32 } from '../ids.ts';
import { RECEIPT_BYTES } from './constants.ts';
import { decodeQuorumReceipt, encodeQuorumReceipt } from './receipt.ts';
import type { QuorumReceipt, QuorumStatus } from './receipt.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hex32(bytes));
const zero = hex32(new Uint8Array(32));
const u16 = fc.nat(0xffff);
const whole = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

const anyReceipt: fc.Arbitrary<QuorumReceipt> = fc
  .record({
    intentId: hash,
    taskId: hash,
    cChainId: hash,
    aChainId: hash,
    requester: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => address(bytes)),
    manifest: hash,
    promptHash: hash,
    canonicalOutputHash: hash,
    status: fc.constantFrom<QuorumStatus>('unknown', 'pending', 'completed', 'failed', 'challenged'),
    n: u16,
    threshold: u16,
    winnersRoot: hash,
    operatorsRoot: hash,
    feePaidWei: whole(256),
    settledAtHeight: whole(64),
  })
  .map((receipt) => (receipt.status === 'completed' ? receipt : { ...receipt, canonicalOutputHash: zero }));

const badReceipt = expect.objectContaining({ code: 'quorum/bad-receipt' }) as Error;
const badRequest = expect.objectContaining({ code: 'app/bad-request' }) as Error;

describe('receipt of a task', () => {
  it('round-trips', () => {
    fc.assert(
      fc.property(anyReceipt, (receipt) => {
        const bytes = encodeQuorumReceipt(receipt);
        expect(bytes).toHaveLength(RECEIPT_BYTES);
        expect(decodeQuorumReceipt(bytes)).toEqual(receipt);
      }),
    );
  });

  it('is read from the middle of a larger buffer', () => {
    const [receipt] = fc.sample(anyReceipt, { numRuns: 1, seed: 3 });
    const frame = new Uint8Array(RECEIPT_BYTES + 20).fill(9);
    frame.set(encodeQuorumReceipt(receipt!), 13);
    expect(decodeQuorumReceipt(frame.subarray(13, 13 + RECEIPT_BYTES))).toEqual(receipt);
  });

  it('accepts only bytes that it would write itself, and refuses all others with a typed error', () => {
    const mutated = fc
      .tuple(
        anyReceipt,
        fc.array(fc.tuple(fc.oneof(fc.nat(RECEIPT_BYTES - 1), fc.constantFrom(0, 1, 246)), fc.nat(255)), {
          maxLength: 4,
        }),
      )
      .map(([receipt, changes]) => {
        const bytes = encodeQuorumReceipt(receipt);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), (bytes) => {
        let receipt: QuorumReceipt;
        try {
          receipt = decodeQuorumReceipt(bytes);
        } catch (error) {
          expect(error).toEqual(badReceipt);
          return;
        }
        expect(encodeQuorumReceipt(receipt)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([354, 356, 0])('refuses %i bytes', (size) => {
    expect(() => decodeQuorumReceipt(new Uint8Array(size))).toThrow(badReceipt);
  });

  it('has an output only where the task completed, and numbers that fit', () => {
    const [some] = fc.sample(anyReceipt, { numRuns: 1, seed: 3 });
    const completed = { ...some!, status: 'completed', canonicalOutputHash: some!.taskId } as const;
    const bytes = encodeQuorumReceipt(completed);
    for (const status of [0, 1, 3, 4, 5, 255]) {
      expect(() => decodeQuorumReceipt(bytes.with(246, status))).toThrow(badReceipt);
    }
    expect(() => encodeQuorumReceipt({ ...completed, status: 'failed' })).toThrow(badRequest);
    expect(() => encodeQuorumReceipt({ ...completed, n: 2 ** 16 })).toThrow(badRequest);
    expect(() => encodeQuorumReceipt({ ...completed, threshold: -1 })).toThrow(badRequest);
    expect(() => encodeQuorumReceipt({ ...completed, feePaidWei: 2n ** 256n })).toThrow(badRequest);
    expect(() => encodeQuorumReceipt({ ...completed, settledAtHeight: 2n ** 64n })).toThrow(badRequest);
  });
});
