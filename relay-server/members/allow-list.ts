import { readFile, stat } from 'node:fs/promises';
import { WeftError } from '../../src/protocol/errors.ts';
import { address } from '../../src/protocol/ids.ts';
import type { Address } from '../../src/protocol/ids.ts';

/** Who is on the operator's list: the addresses themselves, or a file with one in each line. */
export type AllowList = { readonly addresses: readonly Address[] } | { readonly file: string };

const MAX_FILE_BYTES = 1_048_576;

/**
 * Whether an account is on the list. A file is read again after each change, so that nobody has to restart the relay;
 * empty lines, and what follows a `#`, do not count. Throws auth/unavailable where it cannot be read.
 */
export function createAllowList(list: AllowList): (account: Address) => Promise<boolean> {
  if ('addresses' in list) {
    const listed = new Set(list.addresses);
    return (account) => Promise.resolve(listed.has(account));
  }
  let read: { readonly stamp: string; readonly listed: ReadonlySet<Address> } | null = null;
  return async (account) => {
    try {
      const { mtimeMs, size, ino } = await stat(list.file);
      const stamp = `${mtimeMs}-${size}-${ino}`;
      if (size > MAX_FILE_BYTES)
        throw new RangeError(`The list has ${size} bytes, at most ${MAX_FILE_BYTES} are read.`);
      if (read?.stamp !== stamp) read = { stamp, listed: parseList(await readFile(list.file, 'utf8')) };
      return read.listed.has(account);
    } catch (cause) {
      throw new WeftError('auth/unavailable', 'The list of who may come in cannot be read.', {
        hints: ['Whoever runs the relay should look at the file that WEFT_ALLOW names.'],
        cause,
        retryable: true,
      });
    }
  };
}

/** One wrong line makes all of it unusable: the operator meant somebody by it. */
function parseList(text: string): ReadonlySet<Address> {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*$/, '').trim());
  return new Set(lines.filter((line) => line !== '').map((line) => address(line)));
}
