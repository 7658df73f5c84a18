import type { EngineContract } from '../../engine/contract.ts';
import type { Engine, LoadProgress, ModelInfo } from '../../engine/engine.ts';
import { serveChannel } from '../../protocol/channel/server.ts';
import type { ChannelServer } from '../../protocol/channel/server.ts';
import { MAX_SESSIONS } from './constants.ts';
import { checkAudit, checkEmbed, checkEncodePrompt, checkForward, checkModelRef, checkRequest } from './check-calls.ts';
import { holdLock } from './hold-lock.ts';
import { latestOf } from '../../protocol/channel/latest-of.ts';
import { createSessionPort } from './session-port.ts';
import type { TabBus } from './tab-bus.ts';

export interface LeaderDeps {
  readonly bus: TabBus;
  readonly engine: Engine;
  readonly locks: LockManager;
}

export interface Leader {
  /** Ends every session; followers look for the next leader. */
  stop(): void;
}

/** A tab holds the lock of this name as long as it lives. */
export function tabLock(tabId: string): string {
  return `weft-tab:${tabId}`;
}

/** Offers this tab's engine to the other tabs. */
export function startLeader(deps: LeaderDeps): Leader {
  const { bus, engine } = deps;
  const sessions = new Map<string, { server: ChannelServer; watch: AbortController }>();

  const end = (session: string) => {
    const open = sessions.get(session);
    if (open === undefined) return;
    sessions.delete(session);
    open.watch.abort();
    open.server.close();
  };

  const open = (session: string, peer: string) => {
    if (sessions.has(session)) return;
    if (sessions.size >= MAX_SESSIONS) {
      bus.post({ type: 'close', from: bus.tabId, to: peer, session });
      return;
    }
    const server = serveChannel<EngineContract>(createSessionPort(bus, session, peer), {
      load: (ref, { signal }) =>
        latestOf<LoadProgress, ModelInfo>((onProgress) =>
          Promise.resolve().then(() => engine.load(checkModelRef(ref), { signal, onProgress })),
        ),
      async *generate(request, { signal }) {
        yield* engine.generate(checkRequest(request), { signal });
        return null;
      },
      async audit(args, { signal }) {
        return engine.audit(checkAudit(args), { signal });
      },
      async forward(args, { signal }) {
        return engine.forward(checkForward(args), { signal });
      },
      async embed(args, { signal }) {
        return engine.embed(checkEmbed(args), { signal });
      },
      async tokenizerKit(ref, { signal }) {
        return engine.tokenizerKit(checkModelRef(ref), { signal });
      },
      async encodePrompt(args, { signal }) {
        return engine.encodePrompt(checkEncodePrompt(args), { signal });
      },
      selfTest: (_args, { signal }) => engine.selfTest({ signal }),
      async unload() {
        await engine.unload();
        return null;
      },
    });
    const watch = new AbortController();
    sessions.set(session, { server, watch });
    // A follower that goes releases its lock, however it goes: its answers stop using the GPU.
    holdLock(deps.locks, tabLock(peer), watch.signal).then(
      (held) => {
        held?.release();
        end(session);
      },
      // The browser refuses locks to a page that is being left: its sessions end with it.
      () => end(session),
    );
  };

  const unsubscribe = bus.subscribe((message) => {
    switch (message.type) {
      case 'who':
        bus.post({ type: 'leader', from: bus.tabId });
        return;
      case 'open':
        open(message.session, message.from);
        return;
      case 'ping':
        // A session of an earlier leader, or one that was ended: the follower has to open another.
        bus.post({
          type: sessions.has(message.session) ? 'pong' : 'close',
          from: bus.tabId,
          to: message.from,
          session: message.session,
        });
        return;
      case 'close':
        end(message.session);
        return;
      case 'leader':
      case 'frame':
      case 'pong':
        return;
      default:
        message satisfies never;
    }
  });
  bus.post({ type: 'leader', from: bus.tabId });

  return {
    stop() {
      unsubscribe();
      for (const session of [...sessions.keys()]) end(session);
    },
  };
}
