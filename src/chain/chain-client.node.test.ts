import type { Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startProxy, startTestChain, TEST_CHAIN_ID } from './anvil.node.fixture.ts';
import type { ProxyMood, TestChain } from './anvil.node.fixture.ts';
import { createChainClient } from './chain-client.ts';

let chain: TestChain;
const servers: Server[] = [];
beforeAll(async () => {
  chain = await startTestChain();
}, 30_000);
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => chain.stop());

/** An RPC that notes what it is asked. */
const watched = async (mood: ProxyMood = () => 'pass') => {
  const methods: string[] = [];
  const { url, server } = await startProxy(chain.url, (method) => {
    methods.push(method);
    return mood(method);
  });
  servers.push(server);
  return { url, methods };
};

describe('a chain client', () => {
  it('asks an RPC once which chain it serves, however much it asks then', async () => {
    const { url, methods } = await watched();
    const client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [url] });
    await Promise.all([client.getGasPrice(), client.getBlockNumber()]);
    await client.getBlockNumber();
    expect(methods.filter((method) => method === 'eth_chainId')).toHaveLength(1);
    expect(methods.filter((method) => method === 'eth_blockNumber')).toHaveLength(2);
  });

  it('asks again where there was no answer', async () => {
    let isUp = false;
    const { url, methods } = await watched(() => (isUp ? 'pass' : 'out-of-service'));
    const client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [url] });
    await expect(client.getBlockNumber()).rejects.toThrow();
    expect(methods).not.toContain('eth_blockNumber');
    isUp = true;
    expect(await client.getBlockNumber()).toBe(0n);
  });

  it('asks the next RPC nothing where the chain of the first is right', async () => {
    const [first, second] = [await watched(), await watched()];
    const client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [first.url, second.url] });
    await client.getBlockNumber();
    expect(second.methods).toEqual([]);
  });

  it.each([
    ['no address', []],
    ['an address that is none', ['ftp://127.0.0.1']],
    ['more addresses than are tried', Array.from({ length: 9 }, () => 'http://127.0.0.1')],
  ])('refuses %s', (_, rpcUrls) => {
    expect(() => createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls })).toThrow(
      expect.objectContaining({ code: 'app/bad-request' }),
    );
  });
});
