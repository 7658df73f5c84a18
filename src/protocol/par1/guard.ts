import { WeftError } from '../errors.ts';

/** Throws par1/bad-input unless `value` is an integer from `least` to `most`. */
export function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new WeftError('par1/bad-input', `Expected ${name} to be an integer from ${least} to ${most}, got ${value}.`);
}

/** Throws par1/bad-input unless there are `sizeBytes` bytes. */
export function requireBytes(name: string, bytes: Uint8Array, sizeBytes: number): void {
  if (bytes.length === sizeBytes) return;
  throw new WeftError('par1/bad-input', `Expected ${name} to have ${sizeBytes} bytes, got ${bytes.length}.`);
}
