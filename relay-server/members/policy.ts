import type { Address } from '../../src/protocol/ids.ts';

/**
 * Who may come in. Admins come by an invitation whatever the policy; invitations of members count under `open` and `invite`
 * only, so that a list or the chain has the last word.
 */
export type Policy =
  | { readonly mode: 'open' | 'invite' }
  | { readonly mode: 'allow-list'; readonly addresses: ReadonlySet<Address> }
  /** Throws auth/unavailable where the source does not answer: then nobody is let in. */
  | { readonly mode: 'bonded' | 'token'; readonly isQualified: (address: Address) => Promise<boolean> };

/** Whether the policy alone lets an account in. Throws auth/unavailable. */
export async function policyAllows(policy: Policy, address: Address): Promise<boolean> {
  switch (policy.mode) {
    case 'open':
      return true;
    case 'invite':
      return false;
    case 'allow-list':
      return policy.addresses.has(address);
    case 'bonded':
    case 'token':
      return policy.isQualified(address);
    default:
      return policy satisfies never;
  }
}

/** Whether an invitation makes a member under this policy. */
export function countsInvites({ mode }: Policy): boolean {
  return mode === 'open' || mode === 'invite';
}
