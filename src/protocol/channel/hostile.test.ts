import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeftError } from '../errors.ts';
import type { Frame } from './frames.ts';
import { collect, nextTurn, setUp, setUpBare, until } from './test-api.ts';

describe('a lost or hostile other side', () => {
  it('rejects everything pending when the port dies, and every later call', async () => {
    const { client, port2 } = setUp();
    const call = client.call('hang', null);
    const stream = client.stream('talk', null);
    await stream.next();
    port2.close();
    const dead = { code: 'app/worker-dead', retryable: true };
    await expect(call).rejects.toMatchObject(dead);
    await expect(collect(stream)).rejects.toMatchObject(dead);
    await expect(client.call('echo', 1)).rejects.toMatchObject(dead);
    await expect(client.stream('count', 1).next()).rejects.toMatchObject(dead);
  });

  it('rejects everything pending with the error it is closed with', async () => {
    const { client, seen } = setUp();
    const call = client.call('hang', null);
    await nextTurn();
    const error = new WeftError('app/no-leader', 'The leading tab closed.');
    client.close(error);
    await expect(call).rejects.toBe(error);
    await expect(client.call('echo', 1)).rejects.toBe(error);
    await until(() => seen.aborted === 1);
  });

  it('stops its handlers when the caller is gone', async () => {
    const { client, seen, port1 } = setUp();
    client.call('hang', null).catch(() => undefined);
    await collect(client.stream('count', 1));
    port1.close();
    await until(() => seen.aborted === 1);
  });

  it('serves on after any message', async () => {
    const { client, port1 } = setUp();
    const frameLike = fc.record(
      {
        weft: fc.oneof(fc.constant(1), fc.anything()),
        type: fc.oneof(fc.constantFrom('call', 'cancel', 'credit', 'ping', 'ok', 'err', 'item', 'end'), fc.anything()),
        id: fc.oneof(fc.integer({ min: 100_000, max: 100_010 }), fc.anything()),
        method: fc.oneof(fc.constantFrom('echo', 'count', 'fail', '__proto__', 'constructor'), fc.anything()),
        args: fc.oneof(fc.nat(5), fc.anything()),
        credit: fc.oneof(fc.integer({ min: -5, max: 2000 }), fc.anything()),
        amount: fc.oneof(fc.integer({ min: -5, max: 2000 }), fc.anything()),
        drain: fc.oneof(fc.boolean(), fc.anything()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(frameLike, fc.anything()), { maxLength: 20 }), async (messages) => {
        for (const message of messages) port1.postMessage(structuredClone(message));
        expect(await client.call('echo', 'alive')).toBe('alive');
      }),
      { numRuns: 100 },
    );
  });

  it('reads on after any message', async () => {
    const { client, port2, got } = setUpBare();
    const frameLike = fc.record(
      {
        weft: fc.oneof(fc.constant(1), fc.anything()),
        type: fc.oneof(fc.constantFrom('ok', 'err', 'item', 'end', 'pong'), fc.anything()),
        id: fc.oneof(fc.integer({ min: 500_000, max: 500_010 }), fc.anything()),
        value: fc.anything(),
        error: fc.anything(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(frameLike, fc.anything()), { maxLength: 20 }), async (messages) => {
        const call = client.call('echo', null);
        for (const message of messages) port2.postMessage(structuredClone(message));
        await until(() => got.length > 0);
        const asked = got.pop()!;
        got.length = 0;
        port2.postMessage({ weft: 1, type: 'ok', id: asked.id, value: 'alive' } satisfies Frame);
        expect(await call).toBe('alive');
      }),
      { numRuns: 50 },
    );
  });

  it('answers a malformed call with a typed error', async () => {
    const { port1 } = setUp();
    const answer = new Promise((resolve) => port1.addEventListener('message', (event) => resolve(event.data)));
    port1.postMessage({ weft: 1, type: 'call', id: 7, method: 'x'.repeat(65), args: null });
    expect(await answer).toMatchObject({ type: 'err', id: 7, error: { code: 'channel/bad-frame' } });
  });

  it('ends a call whose answer is malformed, or a stream where a value was due', async () => {
    const { client, port2, got } = setUpBare();
    const first = client.call('echo', null);
    await until(() => got.length === 1);
    port2.postMessage({ weft: 1, type: 'err', id: got[0]!.id, error: 'no' });
    await expect(first).rejects.toMatchObject({ code: 'channel/bad-frame' });
    const second = client.call('echo', null);
    await until(() => got.some((frame) => frame.type === 'call' && frame.id !== got[0]!.id));
    const { id } = got.findLast((frame) => frame.type === 'call')!;
    port2.postMessage({ weft: 1, type: 'item', id, value: 1 } satisfies Frame);
    await expect(second).rejects.toMatchObject({ code: 'channel/bad-frame' });
    await until(() => got.filter((frame) => frame.type === 'cancel').length === 2);
  });

  it('ends a stream that sends more than it was granted', async () => {
    const { client, port2, got } = setUpBare();
    const stream = client.stream('count', 9, { credit: 2 });
    await until(() => got.length === 1);
    for (let value = 0; value < 3; value++) {
      port2.postMessage({ weft: 1, type: 'item', id: got[0]!.id, value } satisfies Frame);
    }
    await expect(stream.result).rejects.toMatchObject({ code: 'channel/overflow' });
    await until(() => got.some((frame) => frame.type === 'cancel' && !frame.drain));
  });

  it('keeps the text of an error whose code it does not know', async () => {
    const { client, port2, got } = setUpBare();
    const call = client.call('echo', null);
    await until(() => got.length === 1);
    const error = { code: 'future/code', message: 'Something new.', hints: [], retryable: false };
    port2.postMessage({ weft: 1, type: 'err', id: got[0]!.id, error });
    await expect(call).rejects.toMatchObject({ code: 'app/internal', shortMessage: 'Something new.' });
  });
});
