import { createChannelClient } from '../protocol/channel/client.ts';
import type { ChannelClient } from '../protocol/channel/client.ts';
import type { HeartbeatInit } from '../protocol/channel/heartbeat.ts';
import { portFromWorker } from '../protocol/channel/port.ts';
import { WeftError } from '../protocol/errors.ts';
import type { EngineContract } from './contract.ts';
import type { Engine, GenerateEvent } from './engine.ts';

/** The engine on the page's side. */
export interface EngineClient extends Engine {
  /** Ends the worker and frees the GPU; whatever is open rejects. A later load starts another one. */
  close(): void;
}

/** How long an aborted answer may take for its last word: a step on a slow adapter takes seconds. */
const CANCEL_GRACE_MS = 20_000;

/**
 * How long a worker that answers pings may get no step done on what it waits for, before another takes its place: in five
 * minutes a slow GPU reads a whole chunk of a prompt with the largest models. A processor that plays a GPU is slower, and
 * does not hang: its steps are not counted.
 */
export const MAX_STILL_MS = 300_000;

/**
 * A worker that hangs (an endless loop, a driver's call that does not return) is given up after a minute. One that computes
 * answers pings: waiting for the GPU does not block it, and compiling or uploading does so for seconds at most.
 */
const EVERY_MS = 5_000;
const HEARTBEAT: HeartbeatInit = { everyMs: EVERY_MS, maxMissed: 12, maxStill: MAX_STILL_MS / EVERY_MS };

const spawnEngineWorker = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' });

/**
 * An engine in a worker of its own, started by the first call that needs a model. When the worker dies or hangs, what is
 * open rejects with app/worker-dead and the next such call starts another one.
 */
export function createEngineClient(
  spawnWorker: () => Worker = spawnEngineWorker,
  heartbeat: HeartbeatInit = HEARTBEAT,
): EngineClient {
  let connection: ChannelClient<EngineContract> | null = null;

  const connect = (): ChannelClient<EngineContract> => {
    connection ??= createChannelClient<EngineContract>(portFromWorker(spawnWorker()), {
      peer: 'the engine worker',
      graceMs: CANCEL_GRACE_MS,
      heartbeat,
    });
    return connection;
  };

  const connected = (): ChannelClient<EngineContract> => {
    if (connection !== null) return connection;
    throw new WeftError('engine/not-loaded', 'No model is loaded.', {
      hints: ['Load a model first.'],
      retryable: true,
    });
  };

  /** Passes a failure on; after the worker's death the next load finds no connection. */
  const noting = (channel: ChannelClient<EngineContract>, error: unknown): unknown => {
    const isDead = error instanceof WeftError && error.code === 'app/worker-dead';
    if (isDead && connection === channel) connection = null;
    return error;
  };

  const through = async <Result>(
    work: (channel: ChannelClient<EngineContract>) => Promise<Result>,
  ): Promise<Result> => {
    const channel = connected();
    try {
      return await work(channel);
    } catch (error) {
      throw noting(channel, error);
    }
  };

  return {
    async load(model, { signal, onProgress }) {
      connect();
      return through(async (channel) => {
        const events = channel.stream('load', model, { signal });
        for await (const progress of events) onProgress?.(progress);
        return events.result;
      });
    },

    async *generate(request, { signal }): AsyncGenerator<GenerateEvent> {
      const channel = connect();
      try {
        yield* channel.stream('generate', request, { signal });
      } catch (error) {
        throw noting(channel, error);
      }
    },

    audit(request, { signal }) {
      connect();
      return through((channel) => channel.call('audit', request, { signal }));
    },
    forward(request, { signal }) {
      connect();
      return through((channel) => channel.call('forward', request, { signal }));
    },
    embed(request, { signal }) {
      connect();
      return through((channel) => channel.call('embed', request, { signal }));
    },
    tokenizerKit(model, { signal }) {
      connect();
      return through((channel) => channel.call('tokenizerKit', model, { signal }));
    },
    encodePrompt(request, { signal }) {
      connect();
      return through((channel) => channel.call('encodePrompt', request, { signal }));
    },
    selfTest: ({ signal }) => through((channel) => channel.call('selfTest', null, { signal })),

    async unload() {
      if (connection !== null) await through((channel) => channel.call('unload', null));
    },

    close() {
      connection?.close();
      connection = null;
    },
  };
}
