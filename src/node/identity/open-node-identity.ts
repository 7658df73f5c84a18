import type { Identity } from '../../identity/identity.ts';
import { openIdentity } from '../../identity/open-identity.ts';
import type { IdentityDeps } from '../../identity/open-identity.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { KeyDatabase } from '../../storage/key-database.ts';
import { openIdbKeys } from '../../storage/idb-keys.ts';
import { createMemoryKeys } from '../../storage/memory-keys.ts';

export interface OpenNodeIdentityInit {
  /** Another database than the page's (tests). */
  readonly databaseName?: string;
  /** False: the person goes on with a key that is gone with the page. Default true. */
  readonly isLasting?: boolean;
  readonly report: (error: WeftError) => void;
}

export interface OpenNodeIdentityDeps extends Omit<IdentityDeps, 'store' | 'locks'> {
  /** `navigator.locks`; null where the browser has none (an insecure origin). */
  readonly locks: LockManager | null;
}

/**
 * The node's key from disk; where this browser keeps nothing for the page, one that lives as long as the page and says so.
 * Throws app/insecure-origin, and storage/* where the disk did not answer: there may be a key on it, so that nobody is told
 * of none.
 */
export async function openNodeIdentity(
  init: OpenNodeIdentityInit,
  { locks, ...deps }: OpenNodeIdentityDeps,
): Promise<Identity> {
  if (locks === null) {
    throw new WeftError('app/insecure-origin', 'This browser keeps keys only for pages that came over https.', {
      hints: ['Open the page over https, or on the device that serves it.'],
    });
  }
  return openIdentity({ ...deps, locks, store: await openKeys(init) });
}

async function openKeys({ databaseName, isLasting = true, report }: OpenNodeIdentityInit): Promise<KeyDatabase> {
  if (!isLasting) return createMemoryKeys();
  try {
    return await openIdbKeys(databaseName === undefined ? {} : { name: databaseName });
  } catch (error) {
    const failure = WeftError.from(error, 'storage/unavailable');
    if (!keepsNothing(failure)) throw failure;
    report(
      new WeftError(failure.code, `${failure.shortMessage} A key made in this tab is gone when it is closed.`, {
        hints: ['Write down the recovery phrase before you use the key.', ...failure.hints],
        cause: failure,
      }),
    );
    return createMemoryKeys();
  }
}

/** The browser has no storage for this page at all; any other failure may be over the next time. */
function keepsNothing({ cause }: WeftError): boolean {
  return typeof indexedDB === 'undefined' || (cause instanceof DOMException && cause.name === 'SecurityError');
}
