import { openDB } from 'idb';
import { WeftError } from '../protocol/errors.ts';
import { BLOCKED_TIMEOUT_MS } from './constants.ts';
import { migrations as released } from './migrations.ts';
import type { Migration, WeftConnection, WeftSchema } from './migrations.ts';
import { blocked, newerSchema, storageError } from './storage-error.ts';

export interface OpenConnectionInit {
  readonly name: string;
  readonly migrations?: readonly Migration[];
  readonly blockedTimeoutMs?: number;
  /** The connection is closed; why. A later open may succeed where the error is retryable. */
  readonly onLost: (error: WeftError) => void;
}

/**
 * Opens the database and brings its schema up to date.
 * Throws storage/unavailable (no IndexedDB, private mode), storage/newer-schema, storage/blocked.
 */
export async function openConnection(init: OpenConnectionInit): Promise<WeftConnection> {
  const steps = init.migrations ?? released;
  if (typeof indexedDB === 'undefined') {
    throw new WeftError('storage/unavailable', 'This browser offers no IndexedDB to this page.', {
      hints: ['Leave private browsing, or allow this site to store data.'],
    });
  }

  let blockedTimer: ReturnType<typeof setTimeout> | undefined;
  let gaveUp = false;
  const whenBlocked = Promise.withResolvers<never>();
  const opening = openDB<WeftSchema>(init.name, steps.length, {
    upgrade(connection, oldVersion, _newVersion, transaction) {
      for (const step of steps.slice(oldVersion)) step(connection, transaction);
    },
    // Tabs of the old version close by themselves (see `blocking`); only one that cannot is worth a report.
    blocked() {
      blockedTimer = setTimeout(() => whenBlocked.reject(blocked()), init.blockedTimeoutMs ?? BLOCKED_TIMEOUT_MS);
    },
    blocking(_currentVersion, _blockedVersion, event) {
      (event.target as IDBDatabase).close();
      init.onLost(newerSchema());
    },
    terminated() {
      init.onLost(storageError(new Error('the browser closed the database'), 'keeping it open'));
    },
  });
  // An open that succeeds after it was given up must not keep blocking others.
  void opening.then(
    (connection) => {
      if (gaveUp) connection.close();
    },
    () => undefined,
  );

  try {
    return await Promise.race([opening, whenBlocked.promise]);
  } catch (error) {
    gaveUp = true;
    throw storageError(error, 'opening the chats');
  } finally {
    clearTimeout(blockedTimer);
  }
}
