import fc from 'fast-check';
import { encodePacked, keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { address, hex32 } from '../ids.ts';
import { intentId } from './intent-id.ts';
import { taskId } from './task-id.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hex32(bytes));
const account = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => address(bytes));
const whole = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const u16 = fc.nat(0xffff);
const badRequest = expect.objectContaining({ code: 'app/bad-request' }) as Error;

describe('ids of tasks and intents', () => {
  it('are what a contract gets from abi.encodePacked', () => {
    const key = fc.record({
      chainId: whole,
      contract: account,
      requester: account,
      nonce: whole,
      manifest: hash,
      promptHash: hash,
      n: u16,
      threshold: u16,
    });
    fc.assert(
      fc.property(key, (k) => {
        const packed = encodePacked(
          ['string', 'uint256', 'address', 'address', 'uint256', 'bytes32', 'bytes32', 'uint16', 'uint16'],
          ['weft/task/1', k.chainId, k.contract, k.requester, k.nonce, k.manifest, k.promptHash, k.n, k.threshold],
        );
        expect(taskId(k)).toBe(keccak256(packed));
      }),
    );
  });

  it('refuse numbers that do not fit', () => {
    const zero = hex32(new Uint8Array(32));
    const intent = {
      cChainId: zero,
      aChainId: zero,
      cTxHash: zero,
      callIndex: 0,
      caller: address(new Uint8Array(20)),
      manifest: zero,
      promptHash: zero,
      n: 3,
      threshold: 2,
      feeWei: 1n,
    };
    expect(intentId(intent)).toMatch(/^0x[0-9a-f]{64}$/);
    expect(() => intentId({ ...intent, callIndex: 2 ** 32 })).toThrow(badRequest);
    expect(() => intentId({ ...intent, n: 1.5 })).toThrow(badRequest);
    expect(() => intentId({ ...intent, feeWei: -1n })).toThrow(badRequest);
  });
});
