import { WeftError } from './errors.ts';

/** A whole number as `sizeBytes` big-endian bytes; throws app/bad-request for one that does not fit. */
export function uintBytes(name: string, value: number | bigint, sizeBytes: number): Uint8Array {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!isWhole || value < 0 || value >= 2n ** BigInt(8 * sizeBytes)) {
    throw new WeftError(
      'app/bad-request',
      `Expected ${name} to be a whole number of ${8 * sizeBytes} bits, got ${value}.`,
    );
  }
  const bytes = new Uint8Array(sizeBytes);
  let rest = BigInt(value);
  for (let at = sizeBytes - 1; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}
