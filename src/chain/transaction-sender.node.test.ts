import type { Server } from 'node:http';
import type { PublicClient } from 'viem';
import { parseAbi } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startProxy, startTestChain, TEST_CHAIN_ID, testSigner } from './anvil.node.fixture.ts';
import type { ProxyMood, TestChain } from './anvil.node.fixture.ts';
import { createChainClient } from './chain-client.ts';
import type { TransactionSigner } from './signer.ts';
import { createTransactionSender } from './transaction-sender.ts';
import type { TransactionStep } from './transaction-sender.ts';

const abi = parseAbi(['error TooSmall(uint256 got)', 'error Nameless()']);
const sentences = {
  TooSmall: ([got]: readonly unknown[]) => ({
    sentence: `The amount ${String(got)} is too small.`,
    hint: 'Send more.',
  }),
};

let chain: TestChain;
let other: TestChain;
const servers: Server[] = [];
beforeAll(async () => {
  [chain, other] = await Promise.all([startTestChain(), startTestChain(9_999)]);
}, 30_000);
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => Promise.all([chain.stop(), other.stop()]));

const clientOf = (...rpcUrls: string[]): PublicClient => createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls });
const senderOf = (signer: TransactionSigner, client = clientOf(chain.url)) =>
  createTransactionSender({ client, signer, abi, sentences });
const throughProxy = async (mood: ProxyMood) => {
  const { url, server } = await startProxy(chain.url, mood);
  servers.push(server);
  return url;
};

/** Code that reverts with these bytes when it is created. */
function reverting(data: string): `0x${string}` {
  const size = data.length / 2;
  // PUSH1 size, PUSH1 12, PUSH1 0, CODECOPY, PUSH1 size, PUSH1 0, REVERT, then the bytes.
  const byte = (value: number) => value.toString(16).padStart(2, '0');
  return `0x60${byte(size)}600c60003960${byte(size)}6000fd${data}`;
}

describe('sending transactions', { timeout: 30_000 }, () => {
  it('tells each step and returns the receipt', async () => {
    const sender = senderOf(await chain.fundedSigner());
    const to = testSigner().address;
    const steps: TransactionStep[] = [];
    const receipt = await sender.send({ to, data: '0x', value: 5n }, { onStep: (step) => steps.push(step) });
    expect(receipt.status).toBe('success');
    expect(steps).toEqual([{ status: 'signing' }, { status: 'sent', hash: receipt.transactionHash }]);
    expect(await clientOf(chain.url).getBalance({ address: to })).toBe(5n);
  });

  it('numbers transactions that are sent at once', async () => {
    const sender = senderOf(await chain.fundedSigner());
    const to = testSigner().address;
    await Promise.all(Array.from({ length: 8 }, () => sender.send({ to, data: '0x', value: 1n })));
    expect(await clientOf(chain.url).getBalance({ address: to })).toBe(8n);
  });

  it('goes on where another device used the same key', async () => {
    const signer = await chain.fundedSigner();
    const [here, there] = [senderOf(signer), senderOf(signer)];
    const to = testSigner().address;
    await here.send({ to, data: '0x', value: 1n });
    await there.send({ to, data: '0x', value: 1n });
    await here.send({ to, data: '0x', value: 1n });
    expect(await clientOf(chain.url).getBalance({ address: to })).toBe(3n);
  });

  it('counts anew where the chain dropped what was sent', async () => {
    const signer = await chain.fundedSigner();
    const sender = senderOf(signer);
    const to = testSigner().address;
    const before = await chain.call('evm_snapshot');
    await sender.send({ to, data: '0x', value: 1n });
    await sender.send({ to, data: '0x', value: 1n });
    await chain.call('evm_revert', [before]);
    await sender.send({ to, data: '0x', value: 9n });
    expect(await clientOf(chain.url).getBalance({ address: to })).toBe(9n);
  });

  it('sends once although the answer got lost', async () => {
    let lost = 0;
    const url = await throughProxy((method) => {
      if (method !== 'eth_sendRawTransaction') return 'pass';
      lost++;
      return 'lose-answer';
    });
    const sender = senderOf(await chain.fundedSigner(), clientOf(url));
    const to = testSigner().address;
    expect((await sender.send({ to, data: '0x', value: 3n })).status).toBe('success');
    expect(lost).toBeGreaterThan(0);
    expect(await clientOf(chain.url).getBalance({ address: to })).toBe(3n);
  });

  it('hands a transaction over again to a chain that is being started', async () => {
    let refusals = 2;
    const url = await throughProxy((method) =>
      method === 'eth_sendRawTransaction' && refusals-- > 0 ? 'out-of-service' : 'pass',
    );
    const sender = senderOf(await chain.fundedSigner(), clientOf(url));
    const to = testSigner().address;
    await sender.send({ to, data: '0x', value: 4n });
    expect(await clientOf(chain.url).getBalance({ address: to })).toBe(4n);
  });

  it('says in words what the contract said', async () => {
    const sender = senderOf(await chain.fundedSigner());
    // keccak256("TooSmall(uint256)") and the value 7.
    const { encodeErrorResult } = await import('viem');
    const data = reverting(encodeErrorResult({ abi, errorName: 'TooSmall', args: [7n] }).slice(2));
    await expect(sender.send({ to: null, data })).rejects.toMatchObject({
      code: 'chain/reverted',
      shortMessage: 'The amount 7 is too small.',
      hints: ['Send more.'],
    });
    const nameless = reverting(encodeErrorResult({ abi, errorName: 'Nameless' }).slice(2));
    await expect(sender.send({ to: null, data: nameless })).rejects.toMatchObject({
      code: 'chain/reverted',
      shortMessage: 'The contract refused this: nameless.',
    });
    await expect(sender.send({ to: null, data: reverting('') })).rejects.toMatchObject({ code: 'chain/reverted' });
  });

  it('says that the coin for the fee is missing', async () => {
    const poor = senderOf(await chain.fundedSigner(10n ** 9n));
    await expect(poor.send({ to: testSigner().address, data: '0x', value: 1n })).rejects.toMatchObject({
      code: 'chain/no-gas',
    });
  });

  it('says when another transaction took the place', async () => {
    const signer = await chain.fundedSigner();
    const to = testSigner().address;
    await chain.call('evm_setAutomine', [false]);
    try {
      const sending = senderOf(signer).send({ to, data: '0x', value: 1n });
      const failed = expect(sending).rejects.toMatchObject({ code: 'chain/replaced' });
      const client = clientOf(chain.url);
      while ((await client.getTransactionCount({ address: signer.address, blockTag: 'pending' })) === 0) continue;
      await chain.call('anvil_dropAllTransactions');
      await chain.call('evm_setAutomine', [true]);
      await senderOf(signer).send({ to, data: '0x', value: 2n });
      await failed;
      expect(await client.getBalance({ address: to })).toBe(2n);
    } finally {
      await chain.call('evm_setAutomine', [true]);
    }
  });

  it('ends the wait when it is told to', async () => {
    const signer = await chain.fundedSigner();
    await chain.call('evm_setAutomine', [false]);
    try {
      const controller = new AbortController();
      const sending = senderOf(signer).send(
        { to: testSigner().address, data: '0x' },
        { signal: controller.signal, onStep: ({ status }) => status === 'sent' && controller.abort() },
      );
      await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    } finally {
      await chain.call('evm_setAutomine', [true]);
    }
  });
});

describe('several RPCs', { timeout: 30_000 }, () => {
  it('asks the next where one does not answer', async () => {
    const dead = await throughProxy(() => 'fail');
    expect(await clientOf(dead, chain.url).getChainId()).toBe(TEST_CHAIN_ID);
  });

  it('never takes an answer of another chain', async () => {
    const client = clientOf(other.url, chain.url);
    const signer = await chain.fundedSigner(77n);
    expect(await client.getBalance({ address: signer.address })).toBe(77n);
    await expect(clientOf(other.url).getBlockNumber()).rejects.toThrow(/serves chain 9999, expected chain 4321/);
  });

  it('uses one again that came back', async () => {
    let isDown = true;
    const url = await throughProxy(() => (isDown ? 'fail' : 'pass'));
    const client = clientOf(url);
    await expect(client.getBlockNumber()).rejects.toThrow();
    isDown = false;
    expect(typeof (await client.getBlockNumber())).toBe('bigint');
  });

  it('takes web addresses only', () => {
    for (const url of ['ws://localhost:1', '/rpc', 'file:///etc/passwd', '']) {
      expect(() => clientOf(url)).toThrow(/RPC/);
    }
    expect(() => createChainClient({ chainId: 1, rpcUrls: [] })).toThrow(/1 to 8/);
  });
});
