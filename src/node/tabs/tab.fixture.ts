import type { OpenBroadcast } from './tab-feed.ts';

/** What the platform gives one tab, with the ways a tab ends that no code of the tab takes part in. */
export interface TestTab {
  readonly locks: LockManager;
  readonly openBroadcast: OpenBroadcast;
  /** The tab is gone: its locks are free, it says and hears nothing more. */
  crash(): void;
  /** The tab keeps its locks but says and hears nothing more, as a frozen one. */
  freeze(): void;
}

/** One tab of a profile; tabs of the same `profile` share locks and channels, through Node's own. */
export function openTestTab(profile: string): TestTab {
  const crashed = new AbortController();
  const channels: BroadcastChannel[] = [];
  let isSilent = false;

  const silence = () => {
    isSilent = true;
    for (const channel of channels) channel.close();
  };

  const locks: LockManager = {
    query: () => navigator.locks.query(),
    // The platform's overloads: options are optional in the middle.
    async request(name: string, second: unknown, third?: unknown) {
      const options = (third === undefined ? {} : second) as LockOptions;
      const callback = (third ?? second) as (lock: Lock | null) => unknown;
      const pending = new AbortController();
      const onAbort = () => pending.abort(options.signal?.reason);
      options.signal?.addEventListener('abort', onAbort);
      crashed.signal.addEventListener('abort', () => pending.abort());
      const isWaiting = options.steal !== true && options.ifAvailable !== true;
      try {
        return await navigator.locks.request(
          `${profile}/${name}`,
          isWaiting ? { ...options, signal: pending.signal } : options,
          (lock) =>
            Promise.race([
              callback(lock),
              new Promise((resolve) => crashed.signal.addEventListener('abort', () => resolve(undefined))),
            ]),
        );
      } catch (error) {
        // No code of a tab that is gone runs any more.
        if (crashed.signal.aborted) return await new Promise<never>(() => undefined);
        throw error;
      } finally {
        options.signal?.removeEventListener('abort', onAbort);
      }
    },
  };

  return {
    locks,
    openBroadcast(name) {
      const channel = new BroadcastChannel(`${profile}/${name}`);
      channels.push(channel);
      const post = channel.postMessage.bind(channel);
      channel.postMessage = (message) => {
        if (!isSilent) post(message);
      };
      return channel;
    },
    crash() {
      silence();
      crashed.abort();
    },
    freeze: silence,
  };
}
