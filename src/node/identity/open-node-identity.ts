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
  readonly report: (error: WeftError) => void;
}

export interface OpenNodeIdentityDeps extends Omit<IdentityDeps, 'store' | 'locks'> {
  /** `navigator.locks`; null where the browser has none (an insecure origin). */
  readonly locks: LockManager | null;
}

/**
 * The node's key from disk, or one that lives as long as the page and says so. Throws app/insecure-origin, and what says that
 * there is a key on disk which this page must not touch: storage/newer-schema.
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

async function openKeys({ databaseName, report }: OpenNodeIdentityInit): Promise<KeyDatabase> {
  try {
    return await openIdbKeys(databaseName === undefined ? {} : { name: databaseName });
  } catch (error) {
    const failure = WeftError.from(error, 'storage/unavailable');
    if (failure.code === 'storage/newer-schema') throw failure;
    report(
      new WeftError(failure.code, `${failure.shortMessage} A key made in this tab is gone when it is closed.`, {
        hints: ['Write down the recovery phrase before you use the key.', ...failure.hints],
        cause: failure,
      }),
    );
    return createMemoryKeys();
  }
}
