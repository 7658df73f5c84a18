import { WeftError } from '../errors.ts';
import type { Address } from '../ids.ts';
import { typedDataDigest } from './digest.ts';
import type { SigningDomain } from './digest.ts';
import { recoverSigner } from './signature.ts';
import type { Message } from './types.ts';

/** An owner's word for a node: who is paid for its work, until when, on which chain. */
export interface SignedDelegation {
  readonly domain: SigningDomain;
  readonly message: Message<'Delegation'>;
  /** 64 bytes, EIP-2098. */
  readonly signature: Uint8Array;
}

/**
 * Checks that the owner itself signed for this node and that it still counts. Throws identity/bad-delegation,
 * eip712/bad-signature and app/bad-request.
 */
export function verifyDelegation(signed: SignedDelegation, node: Address, nowMs: number): void {
  const { domain, message, signature } = signed;
  if (message.node !== node) throw badDelegation(`is for node ${message.node}, expected ${node}`);
  const signer = recoverSigner(typedDataDigest(domain, 'Delegation', message), signature);
  if (signer !== message.owner) {
    throw badDelegation(`names ${message.owner} as owner and was signed by ${signer}`, [
      'Choose the account that signs, and one with a key of its own: a contract cannot be an owner.',
    ]);
  }
  if (message.expiry * 1000n <= BigInt(nowMs)) {
    throw badDelegation('has expired', ['Ask the owner to sign a new one.']);
  }
}

function badDelegation(what: string, hints: readonly string[] = []): WeftError {
  return new WeftError('identity/bad-delegation', `The delegation ${what}.`, { hints });
}
