import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createPublicClient, http } from 'viem';
import type { PublicClient } from 'viem';
import { vectorsHarnessCode } from './generated/vectors-harness.ts';

/** Where the harness lies in the EVM that `withHarness` starts. */
export const HARNESS = '0x00000000000000000000000000000000000ba5e5';
const START_TIMEOUT_MS = 30_000;
/** The noise table alone is 65,536 logarithms. */
const CALL_TIMEOUT_MS = 60_000;

/** Runs `use` with an EVM of its own, on loopback, that has the harness; ends it after. Throws where there is none. */
export async function withHarness<T>(use: (client: PublicClient) => Promise<T>, program = anvilPath()): Promise<T> {
  const child = spawn(
    program,
    ['--hardfork', 'cancun', '--port', '0', '--accounts', '0', '--disable-block-gas-limit'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      let text = '';
      const signal = AbortSignal.timeout(START_TIMEOUT_MS);
      signal.addEventListener('abort', () => reject(new Error('The EVM did not say where it listens.')));
      child.once('error', (error) => reject(new Error(`The EVM does not start: ${error.message}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const found = /Listening on 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
      void ended.then(() => reject(new Error(`The EVM ended at once: ${text.slice(-200)}`)));
    });
    const client = createPublicClient({ transport: http(`http://127.0.0.1:${port}`, { timeout: CALL_TIMEOUT_MS }) });
    await client.request<{ Parameters: unknown; ReturnType: unknown }>({
      method: 'anvil_setCode',
      params: [HARNESS, vectorsHarnessCode],
    });
    return await use(client);
  } finally {
    child.kill();
    await ended;
  }
}

/** The binary that npm installed with the project for this platform. */
function anvilPath(): string {
  const name = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'anvil');
  } catch (error) {
    throw new Error(`There is no EVM: ${name} is not installed. Run npm ci.`, { cause: error });
  }
}
