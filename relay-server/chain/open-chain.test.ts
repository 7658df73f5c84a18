import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChainClient } from '../../src/chain/chain-client.ts';
import { weftTokenAbi } from '../../src/chain/generated/weft-token-abi.ts';
import type { SiteConfig } from '../../src/protocol/site-config.ts';
import { createRelayApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { listen, type Listening } from '../listen.ts';
import { openChain } from './open-chain.ts';
import type { RelayChain } from './open-chain.ts';

const visitor = '0x00000000000000000000000000000000000000aa';

let folder: string;
let chain: RelayChain | null = null;
let relay: Listening;

const open = (env: Record<string, string> = {}, warnings: string[] = []) =>
  openChain(readConfig({ WEFT_DATA_DIR: join(folder, 'data'), ...env }), { warn: (line) => warnings.push(line) });
const at = (path: string) => new URL(path, relay.url).href;
const siteOf = async () => (await (await fetch(at('/weft.json'))).json()) as SiteConfig;
const faucet = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(at('/faucet'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function serve() {
  chain = await open();
  relay = await listen(createRelayApp({ pageFolder: folder, version: '1' }, { chain }), {
    host: '127.0.0.1',
    port: null,
  });
}

async function end() {
  await relay.close();
  await chain?.stop();
  chain = null;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-open-chain-'));
  await serve();
}, 60_000);
afterAll(async () => {
  await end();
  await rm(folder, { recursive: true });
});

describe('the chain of a mesh', { timeout: 60_000 }, () => {
  it('is told to the page, with contracts that are there', async () => {
    const { chain: site } = await siteOf();
    expect(site).toMatchObject({ chainId: 0x57_45_46_54, rpcUrls: ['/rpc'], isEmbedded: true, onRampUrl: null });
    const client = createChainClient({ chainId: site!.chainId, rpcUrls: [at('/rpc')] });
    const supply = await client.readContract({
      address: site!.contracts.token,
      abi: weftTokenAbi,
      functionName: 'totalSupply',
    });
    expect(supply).toBe(10n ** 27n);
  });

  it('leaves the rest of the server as it is', async () => {
    const app = createRelayApp({ pageFolder: folder, version: '1' }, { chain });
    const elsewhere = { host: 'unknown.example', origin: 'https://evil.example' };
    expect((await app.request('/healthz', { headers: elsewhere })).status).toBe(200);
    expect((await app.request('/weft.json', { headers: elsewhere })).status).toBe(200);
    expect((await app.request('/rpc', { method: 'POST', headers: elsewhere })).status).toBe(403);
    expect((await app.request('/other', { method: 'POST' })).status).toBe(405);
  });

  it('gives test tokens to its own page, and not without end', async () => {
    const { chain: site } = await siteOf();
    expect((await faucet({ address: 'me' })).status).toBe(400);
    expect((await faucet({ address: visitor }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await faucet({ address: visitor }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await fetch(at('/faucet'))).status).toBe(405);
    const answers = [];
    for (let asked = 0; asked < 4; asked++) answers.push(await faucet({ address: visitor }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    const client = createChainClient({ chainId: site!.chainId, rpcUrls: [at('/rpc')] });
    const held = await client.readContract({
      address: site!.contracts.token,
      abi: weftTokenAbi,
      functionName: 'balanceOf',
      args: [visitor],
    });
    expect(held).toBe(60_000n * 10n ** 18n);
    expect(await client.getBalance({ address: visitor })).toBe(30n * 10n ** 18n);
  });

  it('keeps its data to whoever runs it', async () => {
    const mode = async (path: string) => (await stat(join(folder, 'data', path))).mode & 0o777;
    expect(await mode('.')).toBe(0o700);
    expect(await mode('chain')).toBe(0o700);
    expect(await mode('chain/operator-key')).toBe(0o600);
  });

  it('has the same contracts and balances after a restart', async () => {
    const before = await siteOf();
    // More than once: what the chain writes down of itself at a start is not always what it had.
    for (let starts = 0; starts < 3; starts++) {
      await end();
      await serve();
    }
    expect(await siteOf()).toEqual(before);
    const client = createChainClient({ chainId: before.chain!.chainId, rpcUrls: [at('/rpc')] });
    expect(await client.getBalance({ address: visitor })).toBe(30n * 10n ** 18n);
  });

  it('lets a second server on this computer not touch its data', async () => {
    // The lock names a process that lives and is not this one.
    const lock = join(folder, 'data', 'in-use-by');
    await writeFile(lock, String(process.ppid));
    await expect(open()).rejects.toThrow(/Another Weft \(process \d+\).*WEFT_DATA_DIR/);
    await writeFile(lock, String(process.pid));
  });

  it('says how to begin anew where a recorded contract is not there', async () => {
    await end();
    const record = join(folder, 'data', 'chain', 'contracts.json');
    const good = await readFile(record, 'utf8');
    const { contracts } = JSON.parse(good) as { contracts: { settlement: string; token: string } };
    await writeFile(record, good.replaceAll(contracts.settlement, visitor));
    await expect(open()).rejects.toThrow(/no contract at .* settlement[\s\S]*Move .*chain away[\s\S]*WEFT_CHAIN=none/);
    await writeFile(record, good.replaceAll(contracts.settlement, contracts.token));
    await expect(open()).rejects.toThrow(/another contract than recorded/);
    await writeFile(record, '{"version":1');
    await expect(open()).rejects.toThrow(/contracts\.json is damaged/);
    await writeFile(record, good);
    await serve();
  });
});

describe('a deployment that was interrupted', { timeout: 60_000 }, () => {
  it('goes on where it was', async () => {
    const data = join(folder, 'interrupted');
    const { startEmbeddedNetwork } = await import('./embedded-network.ts');
    const { findAnvil } = await import('./anvil-binary.ts');
    const init = { program: findAnvil()!, dataFolder: data };
    const warnings: string[] = [];
    const deps = { warn: (line: string) => warnings.push(line) };
    const first = await startEmbeddedNetwork(init, deps);
    await first.chain.stop();
    // As if it had ended before the record was written.
    await rm(join(data, 'chain', 'contracts.json'));
    const second = await startEmbeddedNetwork(init, deps);
    await second.chain.stop();
    expect(second.deployment.contracts).toEqual(first.deployment.contracts);
    expect(warnings).toEqual([]);
  });

  it('ends well when it is killed at any moment', async () => {
    const { execFile } = await import('node:child_process');
    const { startEmbeddedNetwork } = await import('./embedded-network.ts');
    const { findAnvil } = await import('./anvil-binary.ts');
    const init = { program: findAnvil()!, dataFolder: join(folder, 'killed') };
    const script = `
      import { startEmbeddedNetwork } from ${JSON.stringify(new URL('embedded-network.ts', import.meta.url).href)};
      const network = await startEmbeddedNetwork(${JSON.stringify(init)}, { warn() {} });
      await network.chain.stop();`;
    for (const afterMs of [900, 1_500, 2_200]) {
      const child = execFile(process.execPath, ['--input-type=module', '--eval', script]);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await sleep(afterMs);
      child.kill('SIGKILL');
      await ended;
    }
    const network = await startEmbeddedNetwork(init, { warn: () => undefined });
    expect(network.deployment.contracts.token).toMatch(/^0x/);
    await network.chain.stop();
  });
});

describe('another chain', () => {
  it('is checked where it answers, and does not keep the page back where it does not', async () => {
    const { chain: site } = await siteOf();
    const record = join(folder, 'data', 'chain', 'contracts.json');
    const warnings: string[] = [];
    const external = await open({ WEFT_RPC_URL: at('/rpc'), WEFT_CONTRACTS: record }, warnings);
    expect(external?.site).toMatchObject({ ...site, rpcUrls: [at('/rpc')], isEmbedded: false });
    expect(external?.routes).toBeNull();
    expect(warnings).toEqual([]);

    await open({ WEFT_RPC_URL: 'http://127.0.0.1:9', WEFT_CONTRACTS: record }, warnings);
    expect(warnings).toEqual([expect.stringContaining('does not answer')]);

    const wrong = join(folder, 'wrong.json');
    await writeFile(wrong, (await readFile(record, 'utf8')).replace(/"chainId": \d+/, '"chainId": 1'));
    await expect(open({ WEFT_RPC_URL: at('/rpc'), WEFT_CONTRACTS: wrong })).rejects.toThrow(/WEFT_CONTRACTS/);
    await expect(open({ WEFT_RPC_URL: at('/rpc'), WEFT_CONTRACTS: 'none.json' })).rejects.toThrow(/npm run deploy/);
  });

  it('is named in the page’s policy by its origin alone', async () => {
    const record = join(folder, 'data', 'chain', 'contracts.json');
    const external = await open({ WEFT_RPC_URL: 'http://127.0.0.1:9/key', WEFT_CONTRACTS: record });
    const answer = await createRelayApp({ pageFolder: folder, version: '1' }, { chain: external }).request('/healthz');
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self' blob: http://127.0.0.1:9;");
  });
});
