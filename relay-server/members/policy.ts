import type { Address } from '../../src/protocol/ids.ts';

/**
 * Who may come in. Admins come by an invitation whatever the policy; invitations of members count under `open` and `invite`
 * only, so that a list or the chain has the last word.
 */
export type Policy =
  | { readonly mode: 'open' | 'invite' }
  /** Throws auth/unavailable where the list or the chain cannot be read: then nobody is let in. */
  | {
      readonly mode: 'allow-list' | 'bonded' | 'token';
      readonly isQualified: (address: Address) => Promise<boolean>;
    };

/** Whether an invitation makes a member under this policy. */
export function countsInvites({ mode }: Policy): boolean {
  return mode === 'open' || mode === 'invite';
}

/** Whether the policy alone lets an account in. Throws auth/unavailable. */
export async function policyAllows(policy: Policy, address: Address): Promise<boolean> {
  return 'isQualified' in policy ? policy.isQualified(address) : policy.mode === 'open';
}
