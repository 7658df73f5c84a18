import { readFile } from 'node:fs/promises';
import { failure, isRecord } from './vectors/compare.ts';
import type { Outcome } from './vectors/compare.ts';
import { MANIFEST_FILE_TAG, recomputeManifestFile } from './vectors/manifest-file.ts';
import { EIP712_FILE_TAG, recomputeEip712File } from './vectors/eip712-file.ts';
import { recomputePar1File } from './vectors/par1-file.ts';
import { recomputeQuorumFile } from './vectors/quorum-file.ts';

/** `npm run -s vectors -- FILE`: recomputes every value in a known-answer file; exits 1 when one differs. */
const [path, ...rest] = process.argv.slice(2);
const outcomes = await recompute();
for (const outcome of outcomes) {
  if (!outcome.ok) console.log(`${outcome.path}: expected ${show(outcome.expected)}, got ${show(outcome.got)}`);
}
const passed = outcomes.filter((outcome) => outcome.ok).length;
const failed = outcomes.length - passed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function recompute(): Promise<Outcome[]> {
  if (path === undefined || rest.length > 0) return [failure('(command)', 'npm run -s vectors -- FILE', 'one file')];
  try {
    const file: unknown = JSON.parse(await readFile(path, 'utf8'));
    return checksOf(file).flatMap((check) => check());
  } catch (error) {
    return [failure('(file)', 'a readable JSON file', error instanceof Error ? error.message : String(error))];
  }
}

/** What checks a file of this kind: one entry for each implementation that every value of it is held against. */
function checksOf(file: unknown): (() => Outcome[])[] {
  if (!isRecord(file)) return [() => recomputePar1File(file)];
  if (file['tag'] === MANIFEST_FILE_TAG) return [() => recomputeManifestFile(file)];
  if (file['tag'] === EIP712_FILE_TAG) return [() => recomputeEip712File(file)];
  if (isRecord(file['case'])) return [() => recomputeQuorumFile(file)];
  return [() => recomputePar1File(file)];
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
