import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { CONTRACTS, generatedFiles } from './contracts/generated-file.ts';

/**
 * Builds the contracts and writes their ABIs and code as TypeScript, so that a start compiles no Solidity. With `--check` it
 * writes nothing and exits 1 where a file is not what the contracts give.
 */
const isCheck = process.argv.includes('--check');
const status = await new Promise<number>((resolve) => {
  const child = spawn('npx', ['forge', 'build', 'contracts/src'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  child.once('error', () => resolve(1));
  child.once('exit', (code) => resolve(code ?? 1));
});
if (status !== 0) process.exit(status);

await mkdir('src/chain/generated', { recursive: true });
const stale: string[] = [];
for (const contract of CONTRACTS) {
  for (const { path, text } of await generatedFiles(contract)) {
    if ((await readFile(path, 'utf8').catch(() => null)) === text) continue;
    stale.push(path);
    if (!isCheck) await writeFile(path, text);
  }
}
if (stale.length === 0) console.log('The ABIs are what the contracts give.');
else if (!isCheck) console.log(`Written:\n${stale.join('\n')}`);
else {
  console.error(`Not what the contracts give:\n${stale.join('\n')}\nRun: npm run contracts:abi`);
  process.exitCode = 1;
}
