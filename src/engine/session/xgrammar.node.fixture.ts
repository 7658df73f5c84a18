import type * as Xgrammar from '@mlc-ai/web-xgrammar';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { constants, runInThisContext } from 'node:vm';

const require = createRequire(import.meta.url);
const path = require.resolve('@mlc-ai/web-xgrammar');

/** A new instance of the compiler: its script, which is of no kind that Node imports, run anew. */
export async function importXgrammar(): Promise<typeof Xgrammar> {
  const script = await readFile(path, 'utf8');
  const run = runInThisContext(`(function (module, exports, require, __filename, __dirname) {${script}\n})`, {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (...scope: unknown[]) => void;
  const module = { exports: {} };
  run(module, module.exports, require, path, dirname(path));
  return module.exports as typeof Xgrammar;
}
