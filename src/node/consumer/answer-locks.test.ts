import { describe, expect, it } from 'vitest';
import { openTestTab } from '../tabs/tab.fixture.ts';
import { createAnswerLocks } from './answer-locks.ts';

let profiles = 0;

function openTabs() {
  const profile = `answer-locks-${profiles++}`;
  const [first, second] = [openTestTab(profile), openTestTab(profile)];
  return { first, second, firstLocks: createAnswerLocks(first), secondLocks: createAnswerLocks(second) };
}

const never = new AbortController().signal;
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the lock of an answer', () => {
  it('is one tab’s at a time, and once within a tab', async () => {
    const { firstLocks, secondLocks } = openTabs();
    const held = await firstLocks.take('c');
    await expect(firstLocks.take('c')).rejects.toMatchObject({ code: 'app/busy' });
    await expect(secondLocks.take('c')).rejects.toMatchObject({ code: 'app/busy' });
    expect(await secondLocks.takeIfFree('c')).toBeNull();
    (await secondLocks.take('other')).release();
    held.release();
    (await secondLocks.take('c')).release();
  });

  it.each(['is released', 'goes with its tab'] as const)('is waited for until it %s', async (how) => {
    const { first, firstLocks, secondLocks } = openTabs();
    const held = await firstLocks.take('c');
    await nextTurn();
    let isFree = false;
    const waiting = secondLocks.whenFree('c', never).then((free) => (isFree = free));
    await nextTurn();
    expect(isFree).toBe(false);
    if (how === 'is released') held.release();
    else first.crash();
    expect(await waiting).toBe(true);
    expect(await secondLocks.takeIfFree('c')).not.toBeNull();
  });

  it('is waited for no longer than the signal', async () => {
    const { firstLocks, secondLocks } = openTabs();
    await firstLocks.take('c');
    await nextTurn();
    const controller = new AbortController();
    const waiting = secondLocks.whenFree('c', controller.signal);
    controller.abort();
    expect(await waiting).toBe(false);
  });

  it('is had at once again although a tab that waited for it does nothing more', async () => {
    const { second, firstLocks, secondLocks } = openTabs();
    const request = second.locks.request.bind(second.locks);
    // The browser gives that tab the lock, but its page is stuck and never gives it back.
    second.locks.request = (...args: unknown[]) => {
      args[args.length - 1] = () => new Promise(() => undefined);
      return (request as (...given: unknown[]) => Promise<never>)(...args);
    };
    const held = await firstLocks.take('c');
    await nextTurn();
    void secondLocks.whenFree('c', never);
    await nextTurn();
    held.release();
    await nextTurn();
    const again = await firstLocks.takeIfFree('c');
    expect(again).not.toBeNull();
    again?.release();
    second.crash();
  });

  it('is known within one tab without Web Locks', async () => {
    const locks = createAnswerLocks({ locks: null });
    const held = await locks.take('c');
    expect(await locks.whenFree('c', never)).toBe(false);
    expect(await locks.takeIfFree('c')).toBeNull();
    held.release();
    expect(await locks.whenFree('c', never)).toBe(true);
    (await locks.take('c')).release();
  });
});
