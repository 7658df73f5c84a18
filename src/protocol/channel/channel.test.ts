import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChannelClient } from './client.ts';
import { portFromMessagePort } from './port.ts';
import { serveChannel } from './server.ts';
import { cleanups, collect, nextTurn, setUp, until } from './test-api.ts';

describe('call', () => {
  it('answers many calls at a time, each its own', async () => {
    const { client } = setUp();
    const asked = Array.from({ length: 50 }, (_, i) => ({ i, deep: [i, { text: `${i}` }] }));
    expect(await Promise.all(asked.map((args) => client.call('echo', args)))).toEqual(asked);
  });

  it('carries a WeftError whole and wraps anything else', async () => {
    const { client } = setUp();
    await expect(client.call('fail', { kind: 'weft' })).rejects.toMatchObject({
      name: 'WeftError',
      code: 'engine/context-full',
      shortMessage: 'The context is full.',
      hints: ['Start anew.'],
      retryable: true,
    });
    await expect(client.call('fail', { kind: 'plain' })).rejects.toMatchObject({
      code: 'app/internal',
      shortMessage: 'off by one',
    });
  });

  it('moves listed buffers both ways', async () => {
    const { client } = setUp();
    const sent = new Float32Array([1, 2, 3]);
    const back = await client.call('buffer', sent, { transfer: [sent.buffer] });
    expect([...back]).toEqual([1, 2, 3]);
    expect(sent.length).toBe(0);
  });

  it('rejects what cannot be sent, in either direction', async () => {
    const { client } = setUp();
    await expect(client.call('echo', () => 1)).rejects.toMatchObject({ code: 'channel/bad-frame' });
    await expect(client.call('closure', null)).rejects.toMatchObject({ code: 'channel/bad-frame' });
    expect(await client.call('echo', 1)).toBe(1);
  });

  it('names a method that is not there, also one of every object', async () => {
    const { port1, port2 } = new MessageChannel();
    cleanups.push(serveChannel(portFromMessagePort(port2), {}).close);
    const client = createChannelClient<{ toString: { args: null; result: null } }>(portFromMessagePort(port1), {
      peer: 'the test server',
    });
    cleanups.push(() => client.close());
    await expect(client.call('toString', null)).rejects.toMatchObject({ code: 'channel/unknown-method' });
  });

  it('rejects with the reason of the signal and tells the handler', async () => {
    const { client, seen } = setUp();
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const call = client.call('hang', null, { signal: controller.signal });
    await nextTurn();
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await until(() => seen.aborted === 1);
    await expect(client.call('echo', 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('refuses calls over either side’s maximum and recovers', async () => {
    const local = setUp({ maxCalls: 2 });
    const controller = new AbortController();
    const { signal } = controller;
    const open = [1, 2].map(() => local.client.call('hang', null, { signal }).catch(() => 'cancelled'));
    const refused = { code: 'channel/too-many-calls', retryable: true };
    await expect(local.client.call('echo', 1)).rejects.toMatchObject(refused);

    const remote = setUp({}, 1);
    open.push(remote.client.call('hang', null, { signal }).catch(() => 'cancelled'));
    await expect(remote.client.call('echo', 1)).rejects.toMatchObject(refused);

    controller.abort();
    expect(await Promise.all(open)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(await local.client.call('echo', 1)).toBe(1);
    await until(() => remote.seen.aborted === 1);
    expect(await remote.client.call('echo', 1)).toBe(1);
  });
});

describe('stream', () => {
  it('delivers items in order and the end value', async () => {
    const { client } = setUp();
    const stream = client.stream('count', 1000);
    expect(await collect(stream)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(await stream.result).toBe('counted 1000');
    expect(await stream.next()).toEqual({ done: true, value: 'counted 1000' });
  });

  it('keeps any number of streams and calls apart', async () => {
    const { client } = setUp();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(200), { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (sizes, credit) => {
          const all = sizes.map((n) => collect(client.stream('count', n, { credit })));
          const echoes = sizes.map((n) => client.call('echo', n));
          expect((await Promise.all(all)).map((items) => items.length)).toEqual(sizes);
          expect(await Promise.all(echoes)).toEqual(sizes);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('pauses the handler when the reader does not read, and goes on when it does', async () => {
    const { client, seen } = setUp();
    const stream = client.stream('count', 1000, { credit: 8 });
    await until(() => seen.produced === 8);
    await nextTurn();
    await nextTurn();
    expect(seen.produced).toBe(8);
    for (let i = 0; i < 4; i++) await stream.next();
    await until(() => seen.produced === 12);
    await nextTurn();
    expect(seen.produced).toBe(12);
    expect((await collect(stream)).length).toBe(996);
  });

  it('answers reads that were asked for ahead of the items', async () => {
    const { client } = setUp();
    const stream = client.stream('count', 2);
    const reads = await Promise.all([stream.next(), stream.next(), stream.next()]);
    expect(reads).toEqual([
      { done: false, value: 0 },
      { done: false, value: 1 },
      { done: true, value: 'counted 2' },
    ]);
  });

  it('delivers what came before a failure, then the failure', async () => {
    const { client } = setUp();
    const stream = client.stream('breaks', 3);
    const got: number[] = [];
    const reading = (async () => {
      for await (const item of stream) got.push(item);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'engine/device-lost' });
    await expect(stream.result).rejects.toMatchObject({ code: 'engine/device-lost' });
    expect(got).toEqual([0, 1, 2]);
  });

  it('delivers the last words of a handler that ends on cancel', async () => {
    const { client } = setUp();
    const controller = new AbortController();
    const got: string[] = [];
    const stream = client.stream('talk', null, { signal: controller.signal });
    for await (const item of stream) {
      got.push(item);
      if (got.length === 3) controller.abort(new Error('stop'));
    }
    expect(got.slice(0, 3)).toEqual(['word 0', 'word 1', 'word 2']);
    expect(got.at(-1)).toBe('last word');
    expect(await stream.result).toBe('ended by itself');
  });

  it('delivers the last words even though the handler had used up its credit', async () => {
    const { client } = setUp();
    const controller = new AbortController();
    const stream = client.stream('talk', null, { signal: controller.signal, credit: 2 });
    await new Promise((resolve) => setTimeout(resolve, 40));
    controller.abort();
    expect(await stream.result).toBe('ended by itself');
    expect((await collect(stream)).at(-1)).toBe('last word');
  });

  it('hands a signal that is already aborted to the handler', async () => {
    const { client } = setUp();
    const stream = client.stream('talk', null, { signal: AbortSignal.abort() });
    expect((await collect(stream)).at(-1)).toBe('last word');
  });

  it('rejects with the reason when the handler does not end within the grace, and stops it', async () => {
    const { client, seen } = setUp({ graceMs: 30 });
    const controller = new AbortController();
    const reason = new Error('stop');
    const stream = client.stream('stubborn', null, { signal: controller.signal });
    await stream.next();
    controller.abort(reason);
    await expect(collect(stream)).rejects.toBe(reason);
    await nextTurn();
    await nextTurn();
    const { produced } = seen;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(seen.produced).toBeLessThanOrEqual(produced + 1);
    expect(await client.call('echo', 'alive')).toBe('alive');
  });

  it('cancels when the reader leaves the loop', async () => {
    const { client, seen } = setUp();
    const stream = client.stream('count', 1_000_000);
    for await (const item of stream) if (item === 5) break;
    await until(() => seen.returned === 1);
    expect(seen.produced).toBeLessThan(200);
    await expect(stream.result).rejects.toMatchObject({ name: 'AbortError' });
  });
});
