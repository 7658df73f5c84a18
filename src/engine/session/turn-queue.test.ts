import { describe, expect, it } from 'vitest';
import { createTurnQueue } from './turn-queue.ts';

const tick = () => new Promise<void>((resolve) => setTimeout(resolve));

describe('the line for the GPU', () => {
  it('lets one at a time through, first come first served', async () => {
    const queue = createTurnQueue();
    const order: string[] = [];
    const gates = [0, 1, 2].map(() => Promise.withResolvers<undefined>());
    const runs = gates.map((gate, at) =>
      queue.run(async () => {
        order.push(`begin ${at}`);
        await gate.promise;
        order.push(`end ${at}`);
      }),
    );
    for (const gate of [...gates].reverse()) gate.resolve(undefined);
    await Promise.all(runs);
    expect(order).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('tells how many are before one, each time that changes', async () => {
    const queue = createTurnQueue();
    const [first, second, third] = [queue.enter(), queue.enter(), queue.enter()];
    expect([first.ahead(), second.ahead(), third.ahead()]).toEqual([0, 1, 2]);
    const moved = third.moved();
    second.leave();
    await moved;
    expect(third.ahead()).toBe(1);
    first.leave();
    first.leave();
    expect(third.ahead()).toBe(0);
  });

  it('does not move those before one that leaves', async () => {
    const queue = createTurnQueue();
    const [, second, third] = [queue.enter(), queue.enter(), queue.enter()];
    let hasMoved = false;
    void second.moved().then(() => (hasMoved = true));
    third.leave();
    await tick();
    expect(hasMoved).toBe(false);
  });

  it('refuses a tenth: one runs and eight wait', () => {
    const queue = createTurnQueue();
    for (let i = 0; i < 9; i++) queue.enter();
    expect(() => queue.enter()).toThrow(expect.objectContaining({ code: 'app/busy', retryable: true }) as Error);
  });

  it('gives up on a signal, and the line goes on', async () => {
    const queue = createTurnQueue();
    const first = queue.enter();
    const controller = new AbortController();
    const given = queue.run(() => Promise.resolve('never'), controller.signal);
    const after = queue.run(() => Promise.resolve('done'));
    controller.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    first.leave();
    expect(await after).toBe('done');
    await expect(queue.run(() => Promise.resolve(), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(await queue.run(() => Promise.resolve('next'))).toBe('next');
  });

  it('goes on after work that failed', async () => {
    const queue = createTurnQueue();
    await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run(() => Promise.resolve(1))).toBe(1);
  });
});
