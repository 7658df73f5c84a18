import { concatHex, numberToHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { address } from '../protocol/ids.ts';
import { createBatchBook } from './batch-book.ts';
import { MAX_BATCHES_KEPT, MAX_CUTS_KEPT } from './constants.ts';

const accountOf = (number: number) => address(numberToHex(number, { size: 20 }));
const entry = (number: number, amount: bigint) => concatHex([accountOf(number), numberToHex(amount, { size: 12 })]);
const OWN = accountOf(1);
const STRANGER = accountOf(2);
/** A batch in which the account pays 100 and is credited 90. */
const posted = { signers: [STRANGER], debits: entry(1, 100n), credits: entry(1, 90n) };

describe('a batch book', () => {
  it('says nothing of batches that the account has no part in', () => {
    const book = createBatchBook(OWN);
    expect(book.post(0n, 1n, { signers: [STRANGER], debits: entry(2, 5n), credits: entry(2, 5n) })).toBe(0n);
    expect(book.cut(0n, { block: 2n, side: 'debit', amount: 5n })).toBe(0n);
    expect(book.finalize(0n, 10n)).toEqual({ credit: 0n, share: 0n });
  });

  it('gives a signer its part of the share, and the first what does not divide', () => {
    for (const [signers, share] of [
      [[OWN, STRANGER], 4n],
      [[STRANGER, OWN], 3n],
    ] as const) {
      const book = createBatchBook(OWN);
      book.post(0n, 1n, { signers, debits: '0x', credits: '0x' });
      expect(book.finalize(0n, 7n)).toEqual({ credit: 0n, share });
    }
  });

  it('takes no more from a figure than is left of it', () => {
    const book = createBatchBook(OWN);
    expect(book.post(0n, 1n, posted)).toBe(100n);
    expect(book.cut(0n, { block: 2n, side: 'debit', amount: 70n })).toBe(70n);
    expect(book.cut(0n, { block: 2n, side: 'debit', amount: 70n })).toBe(30n);
    book.cut(0n, { block: 2n, side: 'credit', amount: 91n });
    expect(book.finalize(0n, 0n).credit).toBe(0n);
  });

  it('takes back what was noted from a block on', () => {
    const book = createBatchBook(OWN);
    book.post(0n, 1n, posted);
    book.cut(0n, { block: 2n, side: 'credit', amount: 10n });
    book.cut(0n, { block: 3n, side: 'credit', amount: 20n });
    book.post(1n, 3n, posted);
    book.forgetFrom(3n);
    expect(book.finalize(0n, 0n).credit).toBe(80n);
    expect(book.finalize(1n, 0n).credit).toBe(0n);
  });

  it('forgets the oldest batch first', () => {
    const book = createBatchBook(OWN);
    for (let nonce = 0; nonce <= MAX_BATCHES_KEPT; nonce++) book.post(BigInt(nonce), 1n, posted);
    expect(book.finalize(0n, 0n).credit).toBe(0n);
    expect(book.finalize(1n, 0n).credit).toBe(90n);
    expect(book.finalize(BigInt(MAX_BATCHES_KEPT), 0n).credit).toBe(90n);
  });

  it('says nothing more of a batch with more cuts than it remembers', () => {
    const book = createBatchBook(OWN);
    book.post(0n, 1n, { ...posted, credits: entry(1, 10_000n) });
    const cut = () => book.cut(0n, { block: 2n, side: 'credit', amount: 1n });
    for (let count = 0; count < MAX_CUTS_KEPT; count++) expect(cut()).toBe(1n);
    expect(book.finalize(0n, 0n).credit).toBe(10_000n - BigInt(MAX_CUTS_KEPT));
    cut();
    expect(book.finalize(0n, 0n).credit).toBe(0n);
  });
});
