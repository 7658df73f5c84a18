import { describe, expect, it } from 'vitest';
import { readOut } from './read-out.ts';

function numbers(length: number) {
  const log: string[] = [];
  async function* make() {
    try {
      for (let at = 0; at < length; at++) {
        await Promise.resolve();
        log.push(String(at));
        yield at;
      }
    } finally {
      log.push('over');
    }
  }
  return { events: make(), log };
}

describe('events that are read out', () => {
  it('are made when they are asked for, and let go of when the reader leaves', async () => {
    const { events, log } = numbers(9);
    const out = readOut(events, new AbortController().signal);
    expect((await out.next()).value).toBe(0);
    await new Promise((resolve) => setTimeout(resolve));
    expect(log).toEqual(['0']);
    await out.return();
    expect(log).toEqual(['0', 'over']);
  });

  it('end without their reader once the signal aborts, and are still all there', async () => {
    const { events, log } = numbers(5);
    const stop = new AbortController();
    const out = readOut(events, stop.signal);
    await out.next();
    stop.abort();
    await expect.poll(() => log.at(-1)).toBe('over');
    const rest: number[] = [];
    for await (const number of out) rest.push(number);
    expect(rest).toEqual([1, 2, 3, 4]);
  });

  it('keep their order where the reader waits when the signal aborts', async () => {
    const { events } = numbers(5);
    const stop = new AbortController();
    const all: number[] = [];
    const reading = (async () => {
      for await (const number of readOut(events, stop.signal)) all.push(number);
    })();
    stop.abort();
    await reading;
    expect(all).toEqual([0, 1, 2, 3, 4]);
  });

  it('fail where they failed', async () => {
    const stop = new AbortController();
    const out = readOut(
      (async function* () {
        await Promise.resolve();
        yield 1;
        throw new Error('lost');
      })(),
      stop.signal,
    );
    stop.abort();
    expect((await out.next()).value).toBe(1);
    await expect(out.next()).rejects.toThrow('lost');
  });
});
