import { latestOf } from '../protocol/channel/latest-of.ts';
import { serveChannel } from '../protocol/channel/server.ts';
import type { ChannelServer, Handlers } from '../protocol/channel/server.ts';
import type { ChannelPort } from '../protocol/channel/port.ts';
import { Transferred } from '../protocol/channel/transferred.ts';
import type { EngineContract } from './contract.ts';
import type { Engine, LoadProgress } from './engine.ts';

/** Answers calls of {@link EngineContract} with an engine; `progress` as a channel's server takes it. */
export function serveEngine(
  port: ChannelPort,
  engine: Engine,
  init: { readonly progress?: () => number | null } = {},
): ChannelServer {
  const handlers: Handlers<EngineContract> = {
    load: (model, { signal }) =>
      latestOf((onProgress: (progress: LoadProgress) => void) => engine.load(model, { signal, onProgress })),
    generate: async function* (request, { signal }) {
      yield* engine.generate(request, { signal });
      return null;
    },
    async audit(request, { signal }) {
      const logits = await engine.audit(request, { signal });
      const buffers = new Set(logits.map(({ buffer }) => buffer as ArrayBuffer));
      return new Transferred(logits, [...buffers]);
    },
    async forward(request, { signal }) {
      const output = await engine.forward(request, { signal });
      return new Transferred(output, [output.buffer as ArrayBuffer]);
    },
    async embed(request, { signal }) {
      const result = await engine.embed(request, { signal });
      const buffers = result.vectors.map(({ buffer }) => buffer as ArrayBuffer);
      return new Transferred(result, buffers);
    },
    async tokenizerKit(model, { signal }) {
      const kit = await engine.tokenizerKit(model, { signal });
      return new Transferred(kit, [kit.tokenizer.buffer, kit.chatConfig.buffer, kit.digests.buffer]);
    },
    encodePrompt: (request, { signal }) => engine.encodePrompt(request, { signal }),
    selfTest: (_args, { signal }) => engine.selfTest({ signal }),
    async unload() {
      await engine.unload();
      return null;
    },
  };
  return serveChannel(port, handlers, init);
}
