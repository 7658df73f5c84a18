import { hexToBigInt } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { address, toHex } from '../protocol/ids.ts';
import { requestDelegation } from './wallet.ts';
import type { WalletProvider } from './wallet.ts';

const domain = { chainId: 31337n, verifyingContract: address(new Uint8Array(20).fill(9)) };
const node = address(new Uint8Array(20).fill(1));
const request = { domain, node, payout: null, expiry: 1_800_000_001n };
const nowMs = () => 1_800_000_000_000;
const account = privateKeyToAccount(toHex(new Uint8Array(32).fill(5)));
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

interface TypedDataJson {
  readonly domain: { readonly chainId: `0x${string}`; readonly verifyingContract: `0x${string}` };
  readonly types: { readonly Delegation: { readonly name: string; readonly type: string }[] };
  readonly message: Readonly<Record<string, unknown>>;
}

/** A wallet as browsers have them (not ours): signs with viem; `answers` stand in for its own. */
function createWallet(answers: Readonly<Record<string, () => unknown>> = {}): WalletProvider & { calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    async request({ method, params = [] }) {
      calls.push(method);
      if (answers[method] !== undefined) return answers[method]();
      switch (method) {
        case 'eth_requestAccounts':
          return [account.address];
        case 'eth_chainId':
          return '0x7a69';
        case 'eth_signTypedData_v4': {
          const data = JSON.parse(params[1] as string) as TypedDataJson;
          calls.push(params[0] as string);
          return account.signTypedData({
            ...data,
            domain: { ...data.domain, name: 'Weft', version: '1', chainId: hexToBigInt(data.domain.chainId) },
            types: { Delegation: data.types.Delegation },
            primaryType: 'Delegation',
          });
        }
        default:
          throw new Error(`no such method: ${method}`);
      }
    },
  };
}

const throwing = (error: unknown) => () => {
  throw error;
};

describe('asking a wallet to stand behind the node', () => {
  it('gives a delegation of its account, which is paid where nobody else is named', async () => {
    const owner = account.address.toLowerCase();
    const wallet = createWallet();
    const signed = await requestDelegation(wallet, request, { nowMs });
    expect(wallet.calls).toEqual(['eth_requestAccounts', 'eth_chainId', 'eth_signTypedData_v4', owner]);
    expect(signed.message).toEqual({ node, owner, payout: owner, expiry: request.expiry });
    expect(signed.signature).toHaveLength(64);
    const payout = address(new Uint8Array(20).fill(8));
    const other = await requestDelegation(createWallet(), { ...request, payout }, { nowMs });
    expect(other.message.payout).toBe(payout);
  });

  it('stops before the signature where the wallet is on another chain', async () => {
    const wallet = createWallet({ eth_chainId: () => '0x1' });
    await expect(requestDelegation(wallet, request, { nowMs })).rejects.toThrow(code('identity/wallet-failed'));
    expect(wallet.calls).not.toContain('eth_signTypedData_v4');
  });

  it('tells a no from a failure', async () => {
    const declined = createWallet({ eth_signTypedData_v4: throwing({ code: 4001, message: 'User rejected' }) });
    await expect(requestDelegation(declined, request, { nowMs })).rejects.toThrow(code('identity/wallet-refused'));
    for (const error of [{ code: -32002, message: 'pending' }, new Error('gone'), null, 'text']) {
      const failing = createWallet({ eth_requestAccounts: throwing(error) });
      await expect(requestDelegation(failing, request, { nowMs })).rejects.toThrow(code('identity/wallet-failed'));
    }
  });

  it.each<[string, string, unknown, string]>([
    ['no account', 'eth_requestAccounts', [], 'identity/wallet-failed'],
    ['accounts that are none', 'eth_requestAccounts', 'all', 'identity/wallet-failed'],
    ['an account of another length', 'eth_requestAccounts', ['0x12'], 'app/bad-request'],
    ['a chain that is none', 'eth_chainId', 31337, 'identity/wallet-failed'],
    ['no hexadecimal signature', 'eth_signTypedData_v4', 'signed', 'identity/wallet-failed'],
    ['a long signature', 'eth_signTypedData_v4', `0x${'00'.repeat(66)}`, 'identity/wallet-failed'],
    ['a short signature', 'eth_signTypedData_v4', '0x1234', 'eip712/bad-signature'],
    ['half a byte', 'eth_signTypedData_v4', '0x123', 'app/bad-request'],
    ['an empty signature', 'eth_signTypedData_v4', `0x${'00'.repeat(65)}`, 'eip712/bad-signature'],
  ])('refuses %s', async (_what, method, answer, name) => {
    const wallet = createWallet({ [method]: () => answer });
    await expect(requestDelegation(wallet, request, { nowMs })).rejects.toThrow(code(name));
  });

  it('refuses the signature of another account than the one it named', async () => {
    const other = privateKeyToAccount(toHex(new Uint8Array(32).fill(6)));
    const wallet = createWallet({ eth_requestAccounts: () => [other.address] });
    await expect(requestDelegation(wallet, request, { nowMs })).rejects.toThrow(code('identity/bad-delegation'));
  });

  it('does not use what comes after it was cancelled', async () => {
    const controller = new AbortController();
    const wallet = createWallet({
      eth_chainId: () => {
        controller.abort(new Error('the person left'));
        return '0x7a69';
      },
    });
    await expect(requestDelegation(wallet, request, { nowMs, signal: controller.signal })).rejects.toThrow(
      'the person left',
    );
    expect(wallet.calls).not.toContain('eth_signTypedData_v4');
  });
});
