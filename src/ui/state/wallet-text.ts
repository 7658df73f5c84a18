import type { Address } from '../../protocol/ids.ts';

/** 0x1234…cdef, as people compare addresses. */
export function shortAddress(address: Address): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}
