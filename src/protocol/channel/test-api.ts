import { afterEach, expect } from 'vitest';
import { WeftError } from '../errors.ts';
import { createChannelClient } from './client.ts';
import type { ChannelClientInit } from './client.ts';
import type { Frame } from './frames.ts';
import { portFromMessagePort } from './port.ts';
import { serveChannel } from './server.ts';
import type { Handlers } from './server.ts';
import { Transferred } from './transferred.ts';

/** A contract with one method of each kind, for the channel's tests. */
export interface Api {
  echo: { args: unknown; result: unknown };
  fail: { args: { kind: 'weft' | 'plain' }; result: never };
  hang: { args: null; result: string };
  buffer: { args: Float32Array; result: Float32Array };
  closure: { args: null; result: unknown };
  count: { args: number; item: number; result: string };
  /** Counts until cancelled, then says a last word and ends. */
  talk: { args: null; item: string; result: string };
  /** Ignores every cancel. */
  stubborn: { args: null; item: number; result: null };
  breaks: { args: number; item: number; result: null };
}

/** What the serving side saw, for tests that look at it. */
interface Seen {
  produced: number;
  aborted: number;
  returned: number;
}

export const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

function apiHandlers(seen: Seen): Handlers<Api> {
  return {
    echo: (args) => Promise.resolve(args),
    fail: ({ kind }) =>
      Promise.reject(
        kind === 'weft'
          ? new WeftError('engine/context-full', 'The context is full.', { hints: ['Start anew.'], retryable: true })
          : new RangeError('off by one'),
      ),
    hang: (_args, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          seen.aborted += 1;
          reject(signal.reason as Error);
        });
      }),
    buffer: (args) => Promise.resolve(new Transferred(args, [args.buffer as ArrayBuffer])),
    closure: () => Promise.resolve(() => 1),
    count: async function* (n) {
      try {
        for (let i = 0; i < n; i++) {
          seen.produced += 1;
          yield await Promise.resolve(i);
        }
        return `counted ${n}`;
      } finally {
        seen.returned += 1;
      }
    },
    talk: async function* (_args, { signal }) {
      for (let i = 0; !signal.aborted; i++) {
        yield `word ${i}`;
        await nextTurn();
      }
      yield 'last word';
      return 'ended by itself';
    },
    stubborn: async function* () {
      for (let i = 0; ; i++) {
        seen.produced += 1;
        yield i;
        await nextTurn();
      }
    },
    breaks: async function* (after) {
      for (let i = 0; i < after; i++) yield await Promise.resolve(i);
      throw new WeftError('engine/device-lost', 'The GPU went away.');
    },
  };
}

/** Run after each test. */
export const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

export function setUp(init: Partial<ChannelClientInit> = {}, serverMaxCalls?: number) {
  const { port1, port2 } = new MessageChannel();
  const seen: Seen = { produced: 0, aborted: 0, returned: 0 };
  const server = serveChannel<Api>(
    portFromMessagePort(port2),
    apiHandlers(seen),
    serverMaxCalls === undefined ? {} : { maxCalls: serverMaxCalls },
  );
  const client = createChannelClient<Api>(portFromMessagePort(port1), { peer: 'the test server', ...init });
  cleanups.push(() => client.close(), server.close);
  return { client, server, seen, port1, port2 };
}

/** A client whose other end is a bare port: the test plays the server, frame by frame. */
export function setUpBare(init: Partial<ChannelClientInit> = {}) {
  const { port1, port2 } = new MessageChannel();
  const got: Frame[] = [];
  port2.addEventListener('message', (event: MessageEvent<Frame>) => got.push(event.data));
  port2.start();
  const client = createChannelClient<Api>(portFromMessagePort(port1), { peer: 'the test server', ...init });
  cleanups.push(
    () => client.close(),
    () => port2.close(),
  );
  return { client, port2, got };
}

export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await nextTurn();
  expect(condition()).toBe(true);
}

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
