import type { Hex } from 'viem';
import type { Address } from '../protocol/ids.ts';
import { MAX_LIST_ENTRIES } from './constants.ts';

/** Hex digits of an entry: address (20 bytes), then amount (12). */
const ENTRY_DIGITS = 64;
const ADDRESS_DIGITS = 40;

/** What a batch's list, in lower case, says of an account; 0 where it is not in it, or where this is no such list. */
export function amountInList(list: Hex, account: Address): bigint {
  const digits = list.length - 2;
  if (digits % ENTRY_DIGITS !== 0 || digits / ENTRY_DIGITS > MAX_LIST_ENTRIES) return 0n;
  for (let at = 2; at < list.length; at += ENTRY_DIGITS) {
    const amountAt = at + ADDRESS_DIGITS;
    if (list.slice(at, amountAt) === account.slice(2)) return BigInt(`0x${list.slice(amountAt, at + ENTRY_DIGITS)}`);
  }
  return 0n;
}
