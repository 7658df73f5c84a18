import { WeftError } from '../errors.ts';
import { toHex } from '../ids.ts';
import { GRID } from './constants.ts';
import { taggedHash } from './sha256.ts';

const ENTRIES = 65536;
/** SHA-256 over the table as big-endian i16. */
const EXPECTED = '0xa30267701205ba95652c824f8f274f9b85a0379b3a36db7b18072380f25d59f1';

let table: Int16Array | null = null;

/**
 * G[u] = round(−1024·ln(−ln((u+½)/65536))), built once. Throws par1/bad-input where this machine's logarithm gives another
 * table: its tokens would not replay elsewhere.
 */
export function gumbelTable(): Int16Array {
  if (table !== null) return table;
  const built = new Int16Array(ENTRIES);
  for (let u = 0; u < ENTRIES; u++) built[u] = Math.round(-GRID * Math.log(-Math.log((u + 0.5) / ENTRIES)));
  const hash = gumbelTableHash(built);
  if (hash !== EXPECTED) {
    throw new WeftError('par1/bad-input', `The Gumbel table came out as ${hash} here, expected ${EXPECTED}.`, {
      hints: ['Use another browser: this one computes logarithms differently from all others.'],
    });
  }
  table = built;
  return table;
}

/** SHA-256 over the entries as big-endian i16, 0x-hex. */
export function gumbelTableHash(entries: Int16Array): string {
  const bytes = new Uint8Array(2 * entries.length);
  const view = new DataView(bytes.buffer);
  for (let u = 0; u < entries.length; u++) view.setInt16(2 * u, entries[u]!);
  return toHex(taggedHash('', bytes));
}
