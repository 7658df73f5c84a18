import type { EngineContract } from '../../engine/contract.ts';
import type { Engine, ModelInfo } from '../../engine/engine.ts';
import { createChannelClient } from '../../protocol/channel/client.ts';
import { newId } from '../../storage/new-id.ts';
import { MAX_MISSED_PINGS, PING_EVERY_MS, SILENT_AFTER_PINGS } from './constants.ts';
import { createSessionPort } from './session-port.ts';
import type { TabBus } from './tab-bus.ts';

/** A follower's way to one leader. It ends once; another leader needs another link. */
export interface LeaderLink {
  readonly leaderId: string;
  readonly engine: Engine;
  /** Set once the link has ended: what its calls then throw is not the engine's answer. */
  readonly isOver: boolean;
  end(cause: unknown): void;
}

export interface LeaderLinkInit {
  readonly leaderId: string;
  readonly pingEveryMs?: number | undefined;
}

/** Opens a session with the leading tab. */
export function openLeaderLink(
  init: LeaderLinkInit,
  deps: {
    readonly bus: TabBus;
    /** Called when the leader gives no sign of life for a while, and when it does again. */
    readonly onSilence: (isSilent: boolean) => void;
    readonly onOver: () => void;
  },
): LeaderLink {
  const { leaderId } = init;
  const { bus } = deps;
  const session = newId();
  const address = { from: bus.tabId, to: leaderId, session };
  const port = createSessionPort(bus, session, leaderId);
  const client = createChannelClient<EngineContract>(
    {
      ...port,
      onDead: (handler) =>
        port.onDead((cause) => {
          finish();
          handler(cause);
        }),
    },
    { peer: 'the leading tab' },
  );
  let isOver = false;
  let open = 0;
  let missed = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  const finish = () => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    unsubscribe();
    deps.onOver();
  };
  const end = (cause: unknown) => {
    if (isOver) return;
    // The leader, should it still be there, stops what it does for this session.
    bus.post({ type: 'close', ...address });
    port.die(cause);
    finish();
  };

  const heard = () => {
    if (missed >= SILENT_AFTER_PINGS) deps.onSilence(false);
    missed = 0;
  };
  // Any message of the session is a sign of life.
  const unsubscribe = bus.subscribe((message) => {
    if ('session' in message && message.session === session) heard();
  });
  const ping = () => {
    if (missed >= MAX_MISSED_PINGS) {
      end(new Error('the leading tab does not answer'));
      return;
    }
    if (missed === SILENT_AFTER_PINGS) deps.onSilence(true);
    missed++;
    bus.post({ type: 'ping', ...address });
  };
  /** Pings run while something is waited for; an idle follower costs nothing. */
  const begin = () => {
    if (open++ > 0 || isOver) return;
    heard();
    ping();
    timer = setInterval(ping, init.pingEveryMs ?? PING_EVERY_MS);
  };
  const finished = () => {
    if (--open === 0) clearInterval(timer);
  };

  const during = async <T>(call: () => Promise<T>): Promise<T> => {
    begin();
    try {
      return await call();
    } finally {
      finished();
    }
  };

  bus.post({ type: 'open', ...address });

  const engine: Engine = {
    load: (model, { signal, onProgress }) =>
      during(async (): Promise<ModelInfo> => {
        const stream = client.stream('load', model, { ...(signal === undefined ? {} : { signal }) });
        for await (const progress of stream) onProgress?.(progress);
        return stream.result;
      }),
    async *generate(request, { signal }) {
      begin();
      try {
        yield* client.stream('generate', request, { ...(signal === undefined ? {} : { signal }) });
      } finally {
        finished();
      }
    },
    audit: (request, { signal }) => during(() => client.call('audit', request, { signal })),
    forward: (request, { signal }) => during(() => client.call('forward', request, { signal })),
    embed: (request, { signal }) => during(() => client.call('embed', request, { signal })),
    tokenizerKit: (model, { signal }) => during(() => client.call('tokenizerKit', model, { signal })),
    encodePrompt: (request, { signal }) => during(() => client.call('encodePrompt', request, { signal })),
    selfTest: ({ signal }) => during(() => client.call('selfTest', null, { signal })),
    unload: () =>
      during(async () => {
        await client.call('unload', null);
      }),
  };

  return {
    leaderId,
    engine,
    get isOver() {
      return isOver;
    },
    end,
  };
}
