import { WeftError } from './errors.ts';

declare const brand: unique symbol;

/** A string of `0x` and hexadecimal digits that was checked and is lower case; `Name` keeps kinds apart. */
type BrandedHex<Name extends string> = `0x${string}` & { readonly [brand]: Name };

/** 32 bytes. */
export type Hex32 = BrandedHex<'Hex32'>;
/** 20 bytes: an EVM account, which is a node's identity as well. */
export type Address = BrandedHex<'Address'>;

/** The bytes as `0x…`, lower case. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return `0x${text}`;
}

/** The bytes of `0x…` text of exactly `sizeBytes` bytes, either case; throws app/bad-request. */
export function fromHex(text: string, sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (text.length !== 2 + 2 * sizeBytes || !/^0x[0-9a-fA-F]*$/.test(text)) {
    throw new WeftError(
      'app/bad-request',
      `Expected 0x and ${2 * sizeBytes} hexadecimal digits, got ${quote(text)} (${text.length} characters).`,
    );
  }
  const bytes = new Uint8Array(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) bytes[i] = Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  return bytes;
}

/** Checks and lower-cases 32 bytes given as text or bytes; throws app/bad-request. */
export function hex32(value: string | Uint8Array): Hex32 {
  return branded<'Hex32'>(value, 32);
}

/** Checks and lower-cases 20 bytes given as text or bytes (no EIP-55 checksum); throws app/bad-request. */
export function address(value: string | Uint8Array): Address {
  return branded<'Address'>(value, 20);
}

function branded<Name extends string>(value: string | Uint8Array, sizeBytes: number): BrandedHex<Name> {
  const bytes = typeof value === 'string' ? fromHex(value, sizeBytes) : value;
  if (bytes.length !== sizeBytes) {
    throw new WeftError('app/bad-request', `Expected ${sizeBytes} bytes, got ${bytes.length}.`);
  }
  return toHex(bytes) as BrandedHex<Name>;
}

function quote(text: string): string {
  return text.length > 80 ? `"${text.slice(0, 80)}…"` : `"${text}"`;
}
