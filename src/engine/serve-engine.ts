import { serveChannel } from '../protocol/channel/server.ts';
import type { ChannelServer } from '../protocol/channel/server.ts';
import type { ChannelPort } from '../protocol/channel/port.ts';
import { Transferred } from '../protocol/channel/transferred.ts';
import type { EngineContract } from './contract.ts';
import type { Engine, LoadProgress, ModelInfo, ModelRef } from './engine.ts';

/** Answers calls of {@link EngineContract} with an engine. */
export function serveEngine(port: ChannelPort, engine: Engine): ChannelServer {
  return serveChannel<EngineContract>(port, {
    load: (model, { signal }) => loadEvents(engine, model, signal),
    generate: async function* (request, { signal }) {
      yield* engine.generate(request, { signal });
      return null;
    },
    async audit({ ids, positions }, { signal }) {
      const logits = await engine.audit(ids, positions, { signal });
      const buffers = new Set(logits.map(({ buffer }) => buffer as ArrayBuffer));
      return new Transferred(logits, [...buffers]);
    },
    selfTest: (_args, { signal }) => engine.selfTest({ signal }),
    async unload() {
      await engine.unload();
      return null;
    },
  });
}

/** The latest progress whenever the reader is ready for more: a slow reader skips, and never slows the load. */
async function* loadEvents(
  engine: Engine,
  model: ModelRef,
  signal: AbortSignal,
): AsyncGenerator<LoadProgress, ModelInfo, undefined> {
  const unread: LoadProgress[] = [];
  let changed = Promise.withResolvers<null>();
  const work = engine.load(model, {
    signal,
    onProgress(progress) {
      unread[0] = progress;
      changed.resolve(null);
    },
  });
  for (;;) {
    const info = await Promise.race([work, changed.promise]);
    if (info !== null) return info;
    changed = Promise.withResolvers();
    yield* unread.splice(0);
  }
}
