import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestChain } from '../src/chain/anvil.node.fixture.ts';
import type { TestChain } from '../src/chain/anvil.node.fixture.ts';
import { createChainClient } from '../src/chain/chain-client.ts';
import { verifyDeployment } from '../src/chain/deploy-network.ts';
import { nodeRegistryAbi } from '../src/chain/generated/node-registry-abi.ts';
import { weftTokenAbi } from '../src/chain/generated/weft-token-abi.ts';
import { deploymentSchema } from '../src/protocol/site-chain.ts';

const key = generatePrivateKey();
const names = ['team', 'investors', 'community', 'treasury', 'liquidity'];
const beneficiaries = Object.fromEntries(names.map((name, n) => [name, `0x${`a${n}`.repeat(20)}`]));

let folder: string;
let chain: TestChain;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-deploy-'));
  chain = await startTestChain();
  await chain.call('anvil_setBalance', [privateKeyToAccount(key).address, '0x3635c9adc5dea00000']);
  await writeFile(join(folder, 'beneficiaries.json'), JSON.stringify(beneficiaries));
  await writeFile(join(folder, 'key'), `${key}\n`);
}, 30_000);
afterAll(async () => {
  await chain.stop();
  await rm(folder, { recursive: true });
});

function run(args: readonly string[], env: Record<string, string> = { WEFT_DEPLOY_KEY_FILE: join(folder, 'key') }) {
  return promisify(execFile)(
    process.execPath,
    [
      join(import.meta.dirname, 'deploy.ts'),
      ...['--beneficiaries', join(folder, 'beneficiaries.json'), '--out', join(folder, 'contracts.json'), ...args],
    ],
    { env: { ...process.env, WEFT_DEPLOY_KEY: '', ...env } },
  );
}

const failing = (args: readonly string[], env?: Record<string, string>) =>
  run(args, env).then(
    () => expect.unreachable(),
    (error: unknown) => (error as { stderr: string }).stderr,
  );

describe('npm run deploy', { timeout: 60_000 }, () => {
  it('says in a dry run what it would send, and sends nothing', async () => {
    const { stdout } = await run(['--rpc', chain.url, '--dry-run']);
    expect(stdout).toMatch(/settlement +0x[0-9a-f]{40}[\s\S]*7 transactions, about \d+ gas[\s\S]*Nothing was sent/);
    expect(await chain.call('eth_blockNumber')).toBe('0x0');
    expect(stdout).not.toContain(key.slice(2));
  });

  it('deploys, checks and writes down where everything is', async () => {
    await run(['--rpc', chain.url]);
    const text = await readFile(join(folder, 'contracts.json'), 'utf8');
    const deployment = v.parse(v.pipe(v.string(), v.parseJson(), deploymentSchema), text);
    const client = createChainClient({ chainId: deployment.chainId, rpcUrls: [chain.url] });
    await verifyDeployment(deployment, { client });
    const { token, registry, settlement, quorum, scores, models } = deployment.contracts;
    const isModule = (account: `0x${string}`) =>
      client.readContract({ address: registry, abi: nodeRegistryAbi, functionName: 'isModule', args: [account] });
    expect(await Promise.all([settlement, quorum, scores, models].map(isModule))).toEqual([true, true, true, false]);
    const held = await client.readContract({
      address: token,
      abi: weftTokenAbi,
      functionName: 'balanceOf',
      args: [beneficiaries['community'] as `0x${string}`],
    });
    expect(held).toBe(4n * 10n ** 26n);
    expect(await failing(['--rpc', chain.url])).toMatch(/contracts\.json is there already/);
  });

  it('says what is wrong, and never the key or the address of the RPC', async () => {
    const out = ['--out', join(folder, 'other.json')];
    expect(await failing(['--rpc', chain.url, ...out], {})).toMatch(/must hold a private key/);
    const dead = await failing(['--rpc', 'http://127.0.0.1:9/secret', ...out]);
    expect(dead).toMatch(/The chain did not answer/);
    expect(dead).not.toContain('secret');
    const poor = await failing(['--rpc', chain.url, ...out], { WEFT_DEPLOY_KEY: generatePrivateKey() });
    expect(poor).toMatch(/coin to pay/);
  });
});
