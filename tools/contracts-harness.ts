import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';

/**
 * Builds the harness that `npm run vectors` asks and writes its ABI and code as TypeScript, so that checking a file compiles
 * no Solidity. With `--check` it writes nothing and exits 1 where the file is not what the libraries give.
 */
const SOURCE = 'contracts/test/support/VectorsHarness.sol';
const TARGET = 'tools/vectors/generated/vectors-harness.ts';
const ARTIFACT = '.cache/forge/lite/out/VectorsHarness.sol/VectorsHarness.json';
const artifactSchema = v.object({
  abi: v.array(v.looseObject({ type: v.string() })),
  deployedBytecode: v.object({ object: v.pipe(v.string(), v.regex(/^0x(?:[0-9a-f]{2})+$/)) }),
});

// The profile that compiles in seconds: what is checked here are values, not gas.
const status = await new Promise<number>((resolve) => {
  const child = spawn('npx', ['forge', 'build', SOURCE], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, FOUNDRY_PROFILE: 'lite' },
  });
  child.once('error', () => resolve(1));
  child.once('exit', (code) => resolve(code ?? 1));
});
if (status !== 0) process.exit(status);

const { abi, deployedBytecode } = v.parse(artifactSchema, JSON.parse(await readFile(ARTIFACT, 'utf8')));
const text = `// Made by \`npm run contracts:harness\` from ${SOURCE}. Not to be edited.
export const vectorsHarnessAbi = [
${abi.map((entry) => `  ${JSON.stringify(entry, (key, value: unknown) => (key === 'internalType' ? undefined : value))},\n`).join('')}] as const;

export const vectorsHarnessCode = '${deployedBytecode.object}';
`;
if ((await readFile(TARGET, 'utf8').catch(() => null)) === text) {
  console.log('The harness is what the libraries give.');
} else if (process.argv.includes('--check')) {
  console.error(`${TARGET} is not what the libraries give. Run: npm run contracts:harness`);
  process.exitCode = 1;
} else {
  await mkdir(dirname(TARGET), { recursive: true });
  await writeFile(TARGET, text);
  console.log(`Written: ${TARGET}`);
}
