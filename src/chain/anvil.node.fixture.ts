import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { hex32, address as addressOf } from '../protocol/ids.ts';
import type { Hex32 } from '../protocol/ids.ts';
import { signDigest } from '../protocol/eip712/signature.ts';
import { fromHex } from '../protocol/ids.ts';
import type { TransactionSigner } from './signer.ts';

export const TEST_CHAIN_ID = 4_321;

export interface TestChain {
  readonly url: string;
  readonly call: (method: string, params?: readonly unknown[]) => Promise<unknown>;
  /** A fresh key with this much of the chain's coin. */
  readonly fundedSigner: (wei?: bigint) => Promise<TransactionSigner>;
  stop(): Promise<void>;
}

/** A real chain on loopback that mines each transaction at once. */
export async function startTestChain(chainId = TEST_CHAIN_ID): Promise<TestChain> {
  const architecture = process.arch === 'x64' ? 'amd64' : 'arm64';
  const manifest = createRequire(import.meta.url).resolve(
    `@foundry-rs/anvil-${process.platform}-${architecture}/package.json`,
  );
  const args = ['--hardfork', 'cancun', '--port', '0', '--accounts', '0', '--chain-id', String(chainId)];
  const child = spawn(join(dirname(manifest), 'bin', 'anvil'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    void ended.then(() => reject(new Error(`anvil ended at once: ${text}`)));
  });
  const call = async (method: string, params: readonly unknown[] = []) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const answer = (await response.json()) as { readonly result?: unknown; readonly error?: { message: string } };
    if (answer.error !== undefined) throw new Error(answer.error.message);
    return answer.result;
  };
  return {
    url,
    call,
    async fundedSigner(wei = 10n ** 21n) {
      const signer = testSigner();
      await call('anvil_setBalance', [signer.address, `0x${wei.toString(16)}`]);
      return signer;
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

export function testSigner(): TransactionSigner {
  const key = generatePrivateKey();
  return {
    address: addressOf(privateKeyToAccount(key).address),
    sign: (digest: Hex32) => Promise.resolve(signDigest(hex32(digest), fromHex(key, 32))),
  };
}

/** What a proxy does with a call: passes it on, or passes it on and loses the answer, says that it cannot now, or fails at once. */
export type ProxyMood = (method: string) => 'pass' | 'lose-answer' | 'out-of-service' | 'fail';

/** An RPC that fails in the ways that networks do. */
export async function startProxy(target: string, mood: ProxyMood): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method } = JSON.parse(body.toString()) as { method: string };
      const feeling = mood(method);
      if (feeling === 'out-of-service') {
        const error = { code: -32_002, message: 'starting again' };
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id: 1, error }));
        return;
      }
      if (feeling === 'fail') return void response.destroy();
      void fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then(
        async (passed) => {
          const text = await passed.text();
          if (feeling === 'lose-answer') response.destroy();
          else response.setHeader('content-type', 'application/json').end(text);
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
