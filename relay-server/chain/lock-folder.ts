import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../is-missing.ts';

/**
 * Keeps a second process out of a folder; the returned function lets it in again. A lock whose process is gone counts for
 * nothing. Throws an Error that names the process.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'in-use-by');
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = await holderOf(path);
    if (holder !== null && holder !== process.pid && isAlive(holder)) {
      throw new Error(
        `Another Weft (process ${holder}) uses the data folder ${folder}. Stop it, or choose another folder with WEFT_DATA_DIR=….`,
      );
    }
    await rm(path, { force: true });
  }
}

async function holderOf(path: string): Promise<number | null> {
  try {
    const pid = Number(await readFile(path, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
