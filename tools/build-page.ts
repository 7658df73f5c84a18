import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Everything the built page depends on. */
const INPUTS = ['index.html', 'vite.config.ts', 'svelte.config.js', 'package-lock.json', 'src', 'public', 'tools'];
const STAMP = join(ROOT, '.cache', 'page-build');

/** Builds the page into dist/ unless the last build had the same inputs. Returns whether it built. */
export async function buildPage(): Promise<boolean> {
  const fingerprint = await fingerprintInputs();
  const last = await readFile(STAMP, 'utf8').catch(() => null);
  const built = await stat(join(ROOT, 'dist', 'index.html')).catch(() => null);
  if (last === fingerprint && built !== null) return false;
  await build({ root: ROOT, logLevel: 'error' });
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  await writeFile(STAMP, fingerprint);
  return true;
}

/** Hash over path, size and time of every input: cheap, and wrong only towards building once more. */
async function fingerprintInputs(): Promise<string> {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    const top = await stat(join(ROOT, input));
    const paths = top.isDirectory()
      ? (await readdir(join(ROOT, input), { recursive: true })).sort().map((path) => join(input, path))
      : [input];
    for (const path of paths) {
      const { size, mtimeMs } = await stat(join(ROOT, path));
      hash.update(`${path}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}
