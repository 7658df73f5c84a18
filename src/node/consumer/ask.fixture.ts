import { expect, vi } from 'vitest';
import { freshProfile, openTestApp } from '../app.fixture.ts';

const opened: ReturnType<typeof openTestApp>[] = [];

/** Ends what a test left running. */
export async function closeApps(): Promise<void> {
  vi.restoreAllMocks();
  for (const { app } of opened.splice(0)) await app.stop();
}

/** The whole app in one tab; {@link closeApps} ends it. */
export function openApp(profile = freshProfile(), words?: number) {
  const opening = openTestApp(profile, words);
  opened.push(opening);
  return { profile, ...opening };
}

export const untilToken = (app: ReturnType<typeof openApp>['app'], conversationId: string, count: number) =>
  expect.poll(() => app.ask.live(conversationId).current?.tokens ?? 0, { interval: 2 }).toBeGreaterThanOrEqual(count);

/** Runs `then` in the middle of the next write, before it is committed; resolves when that is done. */
export function onceWriting(then: () => unknown): Promise<unknown> {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
  const { put } = IDBObjectStore.prototype;
  return new Promise((resolve) => {
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(function (this: IDBObjectStore, ...args) {
      resolve(then());
      return put.apply(this, args);
    });
  });
}
