import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { address, fromHex, toHex } from '../ids.ts';
import { verifyDelegation } from './delegation.ts';
import type { SignedDelegation } from './delegation.ts';
import { SIGNER } from './eip712.fixture.ts';
import { fromWalletSignature } from './signature.ts';
import { TYPES } from './types.ts';

const node = address(new Uint8Array(20).fill(1));
const payout = address(new Uint8Array(20).fill(2));
const stranger = address(new Uint8Array(20).fill(3));
const domain = { chainId: 31337n, verifyingContract: address(new Uint8Array(20).fill(9)) };
const nowMs = 1_800_000_000_000;
const message = { node, owner: SIGNER.address, payout, expiry: 1_800_000_001n };

/** Signed as a wallet would, by code that is not ours. */
async function signedBy(of: typeof message): Promise<SignedDelegation> {
  const wallet = privateKeyToAccount(toHex(SIGNER.privateKey));
  const signature = await wallet.signTypedData({
    domain: { name: 'Weft', version: '1', ...domain },
    types: { Delegation: TYPES.Delegation },
    primaryType: 'Delegation',
    message: of,
  });
  return { domain, message: of, signature: fromWalletSignature(fromHex(signature, 65)) };
}

const badDelegation = expect.objectContaining({ code: 'identity/bad-delegation' }) as Error;

describe('delegation', () => {
  it('counts when its owner signed it for this node, until it expires', async () => {
    const signed = await signedBy(message);
    expect(() => verifyDelegation(signed, node, nowMs)).not.toThrow();
    expect(() => verifyDelegation(signed, node, nowMs + 999)).not.toThrow();
    expect(() => verifyDelegation(signed, node, nowMs + 1000)).toThrow('expired');
  });

  it('does not count for another node, under another owner, or once anything in it changed', async () => {
    const signed = await signedBy(message);
    expect(() => verifyDelegation(signed, stranger, nowMs)).toThrow(badDelegation);
    const foreign = await signedBy({ ...message, owner: stranger });
    expect(() => verifyDelegation(foreign, node, nowMs)).toThrow('was signed by');
    for (const change of [{ payout: stranger }, { expiry: message.expiry + 1n }, { owner: stranger }]) {
      expect(() => verifyDelegation({ ...signed, message: { ...message, ...change } }, node, nowMs)).toThrow(
        badDelegation,
      );
    }
    for (const change of [{ chainId: 1n }, { verifyingContract: stranger }]) {
      expect(() => verifyDelegation({ ...signed, domain: { ...domain, ...change } }, node, nowMs)).toThrow(
        badDelegation,
      );
    }
    expect(() => verifyDelegation({ ...signed, signature: new Uint8Array(64) }, node, nowMs)).toThrow(
      expect.objectContaining({ code: 'eip712/bad-signature' }),
    );
  });
});
