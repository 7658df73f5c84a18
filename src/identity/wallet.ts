import * as v from 'valibot';
import { DOMAIN_NAME, DOMAIN_VERSION } from '../protocol/eip712/constants.ts';
import { verifyDelegation } from '../protocol/eip712/delegation.ts';
import type { SignedDelegation } from '../protocol/eip712/delegation.ts';
import type { SigningDomain } from '../protocol/eip712/digest.ts';
import { fromWalletSignature } from '../protocol/eip712/signature.ts';
import { TYPES } from '../protocol/eip712/types.ts';
import { WeftError } from '../protocol/errors.ts';
import { address as toAddress, fromHex } from '../protocol/ids.ts';
import type { Address } from '../protocol/ids.ts';

/** What a browser wallet offers a page (EIP-1193). */
export interface WalletProvider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

export interface DelegationRequest {
  readonly domain: SigningDomain;
  readonly node: Address;
  /** Who is paid; null: the account that signs. */
  readonly payout: Address | null;
  /** Seconds since 1970. */
  readonly expiry: bigint;
}

/** EIP-1193: the person said no. */
const USER_REJECTED = 4001;
/** EIP-712 as wallets take it: the domain's fields are listed like those of a type. */
const DOMAIN_FIELDS = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
];

const accountsSchema = v.pipe(v.array(v.string()), v.minLength(1));
const hexSchema = v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]*$/), v.maxLength(2 + 2 * 65));

/**
 * Asks a browser wallet to stand behind the node, and checks what it signed. Throws identity/wallet-refused,
 * identity/wallet-failed (another chain, an answer that is none), identity/bad-delegation, eip712/bad-signature.
 */
export async function requestDelegation(
  wallet: WalletProvider,
  { domain, node, payout, expiry }: DelegationRequest,
  { signal, nowMs = Date.now }: { readonly signal?: AbortSignal; readonly nowMs?: () => number } = {},
): Promise<SignedDelegation> {
  const ask = async <T>(
    method: string,
    params: readonly unknown[],
    schema: v.GenericSchema<unknown, T>,
  ): Promise<T> => {
    signal?.throwIfAborted();
    const answer = await wallet.request({ method, params }).catch((error: unknown) => {
      throw walletError(error, method);
    });
    // A wallet cannot be called back: what it answers after that is not used.
    signal?.throwIfAborted();
    const parsed = v.safeParse(schema, answer);
    if (parsed.success) return parsed.output;
    throw walletFailed(`answered ${method} with something else than expected`);
  };

  const [account] = await ask('eth_requestAccounts', [], accountsSchema);
  const owner = toAddress(account!);
  // Wallets sign for the chain they are on, and refuse in words of their own.
  const chainId = BigInt(await ask('eth_chainId', [], v.pipe(hexSchema, v.minLength(3))));
  if (chainId !== domain.chainId) {
    throw walletFailed(
      `is on chain ${chainId}, expected ${domain.chainId}`,
      'Switch the chain in the wallet, then try again.',
    );
  }
  const message = { node, owner, payout: payout ?? owner, expiry };
  const request = {
    domain: {
      name: DOMAIN_NAME,
      version: DOMAIN_VERSION,
      chainId: `0x${domain.chainId.toString(16)}`,
      verifyingContract: domain.verifyingContract,
    },
    types: { EIP712Domain: DOMAIN_FIELDS, Delegation: TYPES.Delegation },
    primaryType: 'Delegation',
    message: { ...message, expiry: expiry.toString() },
  };
  const hex = await ask('eth_signTypedData_v4', [owner, JSON.stringify(request)], hexSchema);
  const signature = fromWalletSignature(fromHex(hex, Math.ceil((hex.length - 2) / 2)));
  const signed = { domain, message, signature };
  verifyDelegation(signed, node, nowMs());
  return signed;
}

function walletError(error: unknown, method: string): WeftError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  if (code === USER_REJECTED) {
    return new WeftError('identity/wallet-refused', 'The wallet did not sign: it was declined there.', {
      hints: ['Start again, and confirm in the wallet.'],
      cause: error,
    });
  }
  return walletFailed(`failed at ${method}`, 'Open the wallet, look for an open question, then try again.', error);
}

function walletFailed(what: string, hint = 'Try again, or use another wallet.', cause?: unknown): WeftError {
  return new WeftError('identity/wallet-failed', `The wallet ${what}.`, { hints: [hint], cause });
}
