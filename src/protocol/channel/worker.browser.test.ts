import { afterEach, describe, expect, it } from 'vitest';
import { createChannelClient } from './client.ts';
import type { ChannelClientInit } from './client.ts';
import { portFromWorker } from './port.ts';

export interface WorkerApi {
  double: { args: Float32Array; result: Float32Array };
  crash: { args: null; result: never };
  /** An endless loop: no script hears of it. */
  spin: { args: null; result: never };
  count: { args: number; item: number; result: unknown };
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function connect(worker: Worker, init: Partial<ChannelClientInit> = {}) {
  const client = createChannelClient<WorkerApi>(portFromWorker(worker), { peer: 'the test worker', ...init });
  open.push(client);
  return client;
}

const startWorker = (init?: Partial<ChannelClientInit>) =>
  connect(new Worker(new URL('./test-worker.ts', import.meta.url), { type: 'module' }), init);

const workerDead = { code: 'app/worker-dead', retryable: true };

describe('a channel to a worker', () => {
  it('carries calls and streams that begin before the worker has started', async () => {
    const client = startWorker();
    const values = Float32Array.of(1, 2);
    const doubled = client.call('double', values, { transfer: [values.buffer] });
    const items: number[] = [];
    for await (const item of client.stream('count', 200)) items.push(item);
    expect(items.length).toBe(200);
    expect([...(await doubled)]).toEqual([2, 4]);
    expect(values.length).toBe(0);
  });

  it('rejects what is pending when the worker fails, and says why', async () => {
    const client = startWorker();
    const stream = client.stream('count', 10_000_000);
    await expect(client.call('crash', null)).rejects.toMatchObject({
      ...workerDead,
      shortMessage: expect.stringContaining('a failure nobody caught') as string,
    });
    await expect(stream.result).rejects.toMatchObject(workerDead);
  });

  it('rejects what is pending when the worker is caught in an endless loop', async () => {
    const client = startWorker({ heartbeat: { everyMs: 50, maxMissed: 20 } });
    const stream = client.stream('count', 10_000_000);
    await stream.next();
    await expect(client.call('spin', null)).rejects.toMatchObject(workerDead);
    await expect(stream.result).rejects.toMatchObject(workerDead);
  });

  it('rejects when the script of the worker cannot be loaded', async () => {
    const client = connect(new Worker(new URL('/no-such-worker.js', location.href), { type: 'module' }));
    await expect(client.call('double', Float32Array.of(1))).rejects.toMatchObject(workerDead);
  });
});
