import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../listen.ts';
import { findAnvil } from './anvil-binary.ts';
import { EMBEDDED_CHAIN_ID } from './constants.ts';
import { startEmbeddedChain } from './embedded-chain.ts';
import type { EmbeddedChain } from './embedded-chain.ts';
import { RPC_PATH } from '../../src/protocol/site-chain.ts';
import { createRpcRoutes } from './rpc-routes.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

let folder: string;
let chain: EmbeddedChain;
let server: Listening;
let busy: Listening;

beforeAll(async () => {
  const program = findAnvil();
  if (program === null) throw new Error('npm installed no anvil for this platform');
  folder = await mkdtemp(join(tmpdir(), 'weft-rpc-'));
  chain = await startEmbeddedChain({ program, chainId: EMBEDDED_CHAIN_ID, folder }, { warn: () => undefined });
  const init = { hosts: ['chat.example.org'], isBehindProxy: false };
  server = await serve(createRpcRoutes(init, chain));
  busy = await serve(createRpcRoutes({ ...init, callsPerTenSeconds: 3 }, chain));
}, 60_000);
afterAll(async () => {
  await Promise.all([server.close(), busy.close(), chain.stop()]);
  await rm(folder, { recursive: true });
});

function serve(routes: ReturnType<typeof createRpcRoutes>): Promise<Listening> {
  const app = new Hono();
  app.route(RPC_PATH, routes);
  return listen(app, { host: '127.0.0.1', port: null });
}

/** By hand, since `fetch` writes some of these headers itself. */
function post(body: unknown, headers: Record<string, string> = {}, to = server, method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: to.port,
        path: RPC_PATH,
        // A connection that ended with a refusal is not used again.
        agent: false,
        method,
        headers: { 'content-type': 'application/json', host: `localhost:${to.port}`, ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    sent.on('error', reject);
    sent.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const callOf = (method: string, params: unknown[] = [], id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const chainId = callOf('eth_chainId');

describe('the way to the chain', () => {
  it('answers what the page may ask, alone and several at once', async () => {
    const one = await post(chainId);
    expect(JSON.parse(one.body)).toEqual({ jsonrpc: '2.0', id: 1, result: '0x57454654' });
    const two = await post([chainId, callOf('eth_blockNumber', [], 'b')]);
    expect(JSON.parse(two.body)).toMatchObject([{ id: 1 }, { id: 'b' }]);
  });

  it.each([
    'anvil_setBalance',
    'anvil_impersonateAccount',
    'anvil_dumpState',
    'anvil_reset',
    'evm_mine',
    'evm_setIntervalMining',
    'evm_revert',
    'hardhat_setBalance',
    'debug_traceTransaction',
    'txpool_content',
    'eth_sendTransaction',
    'eth_sign',
    'eth_signTypedData_v4',
    'eth_accounts',
    'eth_newFilter',
    'eth_subscribe',
    'personal_unlockAccount',
    'EVM_MINE',
    ' evm_mine',
    'constructor',
  ])('refuses %s, alone and hidden among others', async (method) => {
    const before = await chain.call('eth_blockNumber');
    const alone = await post(callOf(method, ['0x1']));
    expect(JSON.parse(alone.body)).toMatchObject({ error: { code: -32_601 } });
    const among = await post([chainId, callOf(method, ['0x1'], 2)]);
    expect(JSON.parse(among.body)).toMatchObject([{ result: '0x57454654' }, { id: 2, error: { code: -32_601 } }]);
    // The chain mines by itself once a second, not by what was sent here.
    expect(Number(await chain.call('eth_blockNumber')) - Number(before)).toBeLessThan(3);
  });

  it('passes the chain’s own errors on', async () => {
    const { body } = await post(callOf('eth_sendRawTransaction', ['0x00']));
    expect(JSON.parse(body)).toMatchObject({ id: 1, error: { code: expect.any(Number) as number } });
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a page of another site that hides its name', { origin: 'null' }],
    ['a page of the same name on another port', { origin: 'http://localhost:1' }],
    ['a sub-domain of the same site', { 'sec-fetch-site': 'same-site' }],
    ['a page whose name was made to lead here', { host: 'evil.example:8080', origin: 'http://evil.example:8080' }],
    ['a page of a file', { origin: 'file://localhost' }],
  ])('refuses %s', async (_, headers) => {
    const { status, body } = await post(chainId, headers);
    expect(status).toBe(403);
    expect(body).not.toContain('result');
  });

  it('knows its own page by every name it has', async () => {
    for (const host of [`localhost:${server.port}`, `127.0.0.1:${server.port}`, '[::1]:80', 'CHAT.example.org']) {
      const headers = { host, origin: `http://${host.toLowerCase()}`, 'sec-fetch-site': 'same-origin' };
      expect(await post(chainId, headers)).toMatchObject({ status: 200 });
    }
  });

  it('takes no form that a foreign page may send without asking', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
    ]) {
      expect((await post(chainId, { 'content-type': type })).status).toBe(415);
    }
    expect((await post('', {}, server, 'GET')).status).toBe(405);
    const asked = await post('', { 'access-control-request-method': 'POST' }, server, 'OPTIONS');
    expect(asked.status).toBe(405);
  });

  it.each([
    ['no JSON', '{', 400],
    ['nothing', [], 400],
    ['too many calls', Array.from({ length: 51 }, () => chainId), 400],
    ['more than 512 KiB', callOf('eth_call', ['x'.repeat(600_000)]), 413],
  ])('refuses %s', async (_, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  it.each([
    ['no call', 7],
    ['a call without a version', { id: 1, method: 'eth_chainId' }],
    ['an id that is an object', callOf('eth_chainId', [], {})],
  ])('answers %s with an error', async (_, body) => {
    expect(JSON.parse((await post(body)).body)).toMatchObject({ id: null, error: { code: -32_600 } });
  });

  it('does not let a call rewrite the chain', async () => {
    const call = { to: '0x0000000000000000000000000000000000000001' };
    const overrides = { '0x0000000000000000000000000000000000000001': { balance: '0x1' } };
    expect((await post(callOf('eth_call', [call, 'latest', overrides]))).body).toContain('-32602');
  });

  it('reads logs in bounded spans only', async () => {
    const logs = async (filter: unknown) => JSON.parse((await post(callOf('eth_getLogs', [filter]))).body) as unknown;
    expect(await logs({ fromBlock: '0x0', toBlock: '0x10' })).toMatchObject({ result: [] });
    expect(await logs({ fromBlock: '0x0', toBlock: '0x2710' })).toMatchObject({ error: { code: -32_602 } });
    expect(await logs({ fromBlock: 'earliest', toBlock: 'latest' })).toMatchObject({ error: { code: -32_602 } });
  });

  it('counts calls, not requests', async () => {
    expect((await post([chainId, chainId, chainId], {}, busy)).status).toBe(200);
    expect((await post(chainId, {}, busy)).status).toBe(429);
  });
});
