import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Frame } from './frames.ts';
import { setUp, setUpBare } from './test-api.ts';

const heartbeat = { everyMs: 1_000, maxMissed: 3, maxStill: 4 };
const dead = { code: 'app/worker-dead', retryable: true };

afterEach(() => {
  vi.useRealTimers();
});

const stopTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });

/** Lets messages between ports arrive, by sending some; the stopped time does not touch it. */
async function arrive() {
  const { port1, port2 } = new MessageChannel();
  for (let turns = 0; turns < 20; turns++) {
    const arrived = new Promise((resolve) => port2.addEventListener('message', resolve, { once: true }));
    port2.start();
    port1.postMessage(null);
    await arrived;
  }
  port1.close();
}

/** One look of the heartbeat, and what follows from it. */
async function look() {
  await vi.advanceTimersByTimeAsync(heartbeat.everyMs);
  await arrive();
}

/** A client with an open call whose server the test plays. */
async function openBare() {
  stopTime();
  const bare = setUpBare({ heartbeat });
  const call = bare.client.call('hang', null);
  let failure: unknown = null;
  call.catch((error: unknown) => (failure = error));
  await arrive();
  const pings = () => bare.got.filter(({ type }) => type === 'ping');
  const pong = async (progress: number | null = null) => {
    bare.port2.postMessage({ weft: 1, type: 'pong', id: pings().at(-1)!.id, progress } satisfies Frame);
    await arrive();
  };
  return { ...bare, call, pings, pong, failure: () => failure };
}

describe('a heartbeat', () => {
  it('gives up a side that answered once and then no more', async () => {
    const { call, pong, failure, client } = await openBare();
    await pong();
    for (let looks = 0; looks < heartbeat.maxMissed; looks++) await look();
    expect(failure()).toBeNull();
    await look();
    await expect(call).rejects.toMatchObject(dead);
    await expect(client.call('echo', 1)).rejects.toMatchObject(dead);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for a side that has not started yet', async () => {
    const { failure, pings } = await openBare();
    for (let looks = 0; looks < 3 * heartbeat.maxMissed; looks++) await look();
    expect(failure()).toBeNull();
    expect(pings()).toHaveLength(1);
  });

  it('takes anything that comes as a sign of life', async () => {
    const { client, port2, got, pong, failure } = await openBare();
    const stream = client.stream('count', 100);
    await arrive();
    const { id } = got.findLast(({ type }) => type === 'call')!;
    await pong();
    for (let looks = 0; looks < 3 * heartbeat.maxMissed; looks++) {
      port2.postMessage({ weft: 1, type: 'item', id, value: looks } satisfies Frame);
      await look();
    }
    expect(failure()).toBeNull();
    await stream.return?.();
  });

  it('gives up a side that answers and gets nothing done on what it waits for', async () => {
    const { call, pong, failure } = await openBare();
    await pong(7);
    for (let answers = 1; answers < heartbeat.maxStill; answers++) {
      await look();
      await pong(7);
    }
    expect(failure()).toBeNull();
    await look();
    await pong(7);
    await expect(call).rejects.toMatchObject({ ...dead, shortMessage: expect.stringContaining('waits for') as string });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['gets something done now and then', (answer: number) => Math.floor(answer / 3)],
    ['waits for nothing', () => null],
    ['waits for something else from time to time', (answer: number) => (answer % 4 === 3 ? null : 7)],
  ])('leaves a side alone that %s', async (_, progressAt) => {
    const { pong, failure } = await openBare();
    for (let answer = 0; answer < 5 * heartbeat.maxStill; answer++) {
      await pong(progressAt(answer));
      await look();
    }
    expect(failure()).toBeNull();
  });

  it('does not count the time that the page slept', async () => {
    const { pong, failure } = await openBare();
    await pong();
    await look();
    vi.setSystemTime(Date.now() + 3_600_000);
    await look();
    expect(failure()).toBeNull();
    await pong();
    for (let looks = 0; looks < heartbeat.maxMissed; looks++) await look();
    expect(failure()).toBeNull();
  });

  it('leaves a side alone that answers while a call takes long, and rests when nothing is open', async () => {
    stopTime();
    const { client } = setUp({ heartbeat });
    const controller = new AbortController();
    const call = client.call('hang', null, { signal: controller.signal });
    const settled = vi.fn();
    call.then(settled, settled);
    await arrive();
    for (let looks = 0; looks < 3 * heartbeat.maxMissed; looks++) await look();
    expect(settled).not.toHaveBeenCalled();
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
    expect(await client.call('echo', 'still there')).toBe('still there');
    expect(vi.getTimerCount()).toBe(0);
  });
});
