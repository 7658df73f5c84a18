/** A lock that is held until it is released. */
export interface HeldLock {
  release(): void;
}

/**
 * Takes an exclusive Web Lock. Without a signal the lock is taken only where it is free at once; with one it is waited
 * for until the signal aborts. Null where it was not taken. The browser releases it when the tab goes, however it goes.
 */
export async function holdLock(locks: LockManager, name: string, signal?: AbortSignal): Promise<HeldLock | null> {
  const granted = Promise.withResolvers<HeldLock | null>();
  const options: LockOptions = signal === undefined ? { ifAvailable: true } : { signal };
  const over = locks.request(name, options, (lock) => {
    if (lock === null) {
      granted.resolve(null);
      return undefined;
    }
    const released = Promise.withResolvers<undefined>();
    granted.resolve({ release: () => released.resolve(undefined) });
    return released.promise;
  });
  over.catch((error: unknown) => {
    // After the grant this means that the lock was stolen or the page is going: the holder cannot do anything about it.
    if (signal?.aborted === true) granted.resolve(null);
    else granted.reject(error instanceof Error ? error : new Error(String(error)));
  });
  return granted.promise;
}
