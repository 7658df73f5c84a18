import type { Hex } from 'viem';

/** A contract as it was compiled. */
export interface ContractCode {
  /** What creates it; the constructor's arguments follow. */
  readonly creation: Hex;
  /** What lies at its address, zeros in the place of what the constructor sets. */
  readonly runtime: Hex;
  /** Those places: offset and length in bytes. */
  readonly immutables: readonly (readonly [number, number])[];
}

/** Whether the code at an address is this contract's, whatever its constructor was given. */
export function isCodeOf(code: Hex | undefined, { runtime, immutables }: ContractCode): boolean {
  if (code?.length !== runtime.length) return false;
  let from = 0;
  for (const [start, length] of immutables) {
    if (textOf(code, from, start) !== textOf(runtime, from, start)) return false;
    from = start + length;
  }
  return code.slice(2 + 2 * from).toLowerCase() === runtime.slice(2 + 2 * from);
}

function textOf(code: Hex, from: number, to: number): string {
  return code.slice(2 + 2 * from, 2 + 2 * to).toLowerCase();
}
