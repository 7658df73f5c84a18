import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../is-missing.ts';
import { MAX_WAITING } from './constants.ts';

/** Where a chain of its own keeps what it must not lose. */
export interface ChainFiles {
  /** The last stored state, or null where there is none yet. */
  statePath(): Promise<string | null>;
  writeState(json: Uint8Array): Promise<void>;
  /** Raw transactions that were taken and are not in a stored state. */
  waiting(): readonly string[];
  /** Stores a raw transaction before the chain sees it. */
  append(raw: string): Promise<void>;
  /** Forgets those for which this says so. */
  forget(isStored: (raw: string) => boolean): Promise<void>;
}

/** Opens the folder, made where missing. Throws an Error that says what to do where a file in it cannot be used. */
export async function openChainFiles(folder: string): Promise<ChainFiles> {
  const state = join(folder, 'state.json');
  const journal = join(folder, 'waiting-transactions.txt');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let waiting = await readJournal(journal);
  // One write after another: two at once could leave half a line.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    async statePath() {
      try {
        const file = await open(state, 'r');
        await file.close();
        return state;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    writeState: (json) => inTurn(() => replaceFile(state, json)),
    waiting: () => waiting,
    append: (raw) =>
      inTurn(async () => {
        if (waiting.length >= MAX_WAITING) throw new Error(`${MAX_WAITING} transactions wait already.`);
        const file = await open(journal, 'a', 0o600);
        try {
          await file.write(`${raw}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        waiting = [...waiting, raw];
      }),
    forget: (isStored) =>
      inTurn(async () => {
        const left = waiting.filter((raw) => !isStored(raw));
        if (left.length === waiting.length) return;
        await replaceFile(journal, Buffer.from(left.map((raw) => `${raw}\n`).join('')));
        waiting = left;
      }),
  };
}

/** Whole or not at all, also when the power fails: a new file, stored, then put in the place of the old. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  if (process.platform === 'win32') return;
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readJournal(path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const lines = text.split('\n');
  // Nobody was told of a line that was not written to its end.
  const whole = lines.slice(0, -1).filter((line) => /^0x(?:[0-9a-f]{2})+$/i.test(line));
  if (whole.length < lines.length - 1) {
    throw new Error(
      `${path} is damaged. Put a copy of it back, or move it away: transactions of the last seconds are lost then.`,
    );
  }
  await rm(`${path}.new`, { force: true });
  return whole;
}
