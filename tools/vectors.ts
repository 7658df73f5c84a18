import { readFile } from 'node:fs/promises';
import type { PublicClient } from 'viem';
import { failure, isRecord } from './vectors/compare.ts';
import type { Outcome } from './vectors/compare.ts';
import { MANIFEST_FILE_TAG, recomputeManifestFile } from './vectors/manifest-file.ts';
import { EIP712_FILE_TAG, recomputeEip712File } from './vectors/eip712-file.ts';
import { recomputePar1File } from './vectors/par1-file.ts';
import { withHarness } from './vectors/evm.ts';
import { checkPar1InSolidity } from './vectors/par1-solidity.ts';
import { recomputeQuorumFile } from './vectors/quorum-file.ts';
import { typescriptWire } from './vectors/quorum-wire.ts';
import { createSolidityWire } from './vectors/solidity-wire.ts';

/**
 * `npm run -s vectors -- FILE`: recomputes every value in a known-answer file, and holds what the contracts compute too
 * against their Solidity, run in an EVM; exits 1 when one differs or there is no EVM.
 */
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
    const outcomes: Outcome[] = [];
    for (const check of checksOf(file)) outcomes.push(...(await check()));
    return outcomes;
  } catch (error) {
    return [failure('(file)', 'a readable JSON file', error instanceof Error ? error.message : String(error))];
  }
}

/** What checks a file of this kind: one entry for each implementation that every value of it is held against. */
function checksOf(file: unknown): (() => Outcome[] | Promise<Outcome[]>)[] {
  if (!isRecord(file)) return [() => recomputePar1File(file)];
  if (file['tag'] === MANIFEST_FILE_TAG) return [() => recomputeManifestFile(file)];
  if (file['tag'] === EIP712_FILE_TAG) return [() => recomputeEip712File(file)];
  if (isRecord(file['case'])) {
    return [
      () => recomputeQuorumFile(file, typescriptWire),
      () => inSolidity((client) => recomputeQuorumFile(file, createSolidityWire(client))),
    ];
  }
  if (!Array.isArray(file['cases'])) return [() => recomputePar1File(file)];
  return [() => recomputePar1File(file), () => inSolidity((client) => checkPar1InSolidity(file, client))];
}

/** What the contracts' libraries say to a file. Without an EVM that is a failure: nothing is left out in silence. */
async function inSolidity(check: (client: PublicClient) => Promise<Outcome[]>): Promise<Outcome[]> {
  try {
    const outcomes = await withHarness(check);
    return outcomes.map((outcome) => ({ ...outcome, path: `${outcome.path} (Solidity)` }));
  } catch (error) {
    return [failure('(Solidity)', 'an EVM', error instanceof Error ? error.message : String(error))];
  }
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
