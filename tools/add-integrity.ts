import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const DIST = new URL('../dist/', import.meta.url);

interface PrecachedFile {
  /** Path below dist/. */
  readonly url: string;
}

/** Writes into the service worker's list what each file must be, so that it notices a damaged copy and can repair it. */
export async function addIntegrity<T extends PrecachedFile>(files: T[]) {
  const manifest: (T & { integrity: string })[] = [];
  for (const file of files) {
    const bytes = await readFile(fileURLToPath(new URL(file.url, DIST)));
    manifest.push({ ...file, integrity: `sha256-${createHash('sha256').update(bytes).digest('base64')}` });
  }
  return { manifest, warnings: [] };
}
