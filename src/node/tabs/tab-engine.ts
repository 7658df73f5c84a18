import type { Engine, GenerateEvent, GenerateRequest } from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { EngineState, Live } from '../app.ts';
import type { OpenBroadcast } from './tab-feed.ts';
import type { SharedEngine } from '../engine-session.ts';
import { createLive } from '../live.ts';
import { ASK_EVERY_MS, LEADER_LOCK, MAX_MOVES, MAX_UNANSWERED, SILENT_AFTER_ASKS } from './constants.ts';
import { createEngineTurns } from './engine-turns.ts';
import type { EngineTurns } from './engine-turns.ts';
import { holdLock } from './hold-lock.ts';
import type { HeldLock } from './hold-lock.ts';
import { startLeader, tabLock } from './leader.ts';
import type { Leader } from './leader.ts';
import { openLeaderLink } from './leader-link.ts';
import type { LeaderLink } from './leader-link.ts';
import { createTabBus } from './tab-bus.ts';

/** The engine of this tab, made when it comes to lead. */
export interface LocalEngine {
  readonly engine: Engine;
  /** Frees the GPU: this tab leads no longer. */
  close(): void;
}

export interface TabEngineInit {
  readonly tabId: string;
  /** Times for tests; see constants.ts. */
  readonly pingEveryMs?: number;
  readonly askEveryMs?: number;
}

export interface TabEngineDeps {
  /** Null on an insecure origin: then every tab leads itself. */
  readonly locks: LockManager | null;
  readonly openBroadcast: OpenBroadcast;
  readonly createLocalEngine: () => LocalEngine;
  /** Called when this tab comes to lead: what all tabs call instead of the local engine alone. Absent: that one. */
  readonly around?: (turns: EngineTurns) => Engine;
}

export interface TabEngine extends SharedEngine {
  readonly role: Live<EngineState['role']>;
  /** Lets go of the lead. Calls still open end with app/no-leader. */
  stop(): void;
}

/** Where calls go now: this tab's engine, or the leader's. */
interface Target {
  readonly engine: Engine;
  readonly isOver: boolean;
}

/**
 * One engine for all tabs of a profile: the tab that holds the leader's lock owns it, the others reach it through that
 * tab. When the leader goes, however it goes, another tab leads, and running answers go on there from the text they
 * have.
 */
export function createTabEngine(init: TabEngineInit, deps: TabEngineDeps): TabEngine {
  const { tabId, pingEveryMs, askEveryMs = ASK_EVERY_MS } = init;
  const { locks } = deps;
  const role = createLive<EngineState['role']>('electing');
  const isLeaderSilent = createLive(false);
  const bus = createTabBus(tabId, deps);
  const stopped = new AbortController();
  let own: {
    readonly local: LocalEngine;
    readonly target: { engine: Engine; isOver: boolean };
    leader: Leader | null;
  } | null = null;
  let link: LeaderLink | null = null;
  let changed = Promise.withResolvers<undefined>();
  let isTakingOver = false;

  const tellChange = () => {
    changed.resolve(undefined);
    changed = Promise.withResolvers<undefined>();
  };

  const lead = () => {
    link?.end(new Error('this tab leads now'));
    link = null;
    const local = deps.createLocalEngine();
    const turns = createEngineTurns(local.engine);
    const engine = deps.around?.(turns) ?? turns;
    const leader = locks === null ? null : startLeader({ bus, engine, locks });
    own = { local, target: { engine, isOver: false }, leader };
    isLeaderSilent.set(false);
    role.set('leader');
    tellChange();
  };

  const resign = () => {
    if (own === null) return;
    const { local, target, leader } = own;
    own = null;
    target.isOver = true;
    leader?.stop();
    local.close();
    role.set('electing');
    tellChange();
    bus.post({ type: 'who', from: tabId });
  };

  const follow = (leaderId: string) => {
    if (own !== null || stopped.signal.aborted || link?.leaderId === leaderId) return;
    link?.end(new Error('another tab leads now'));
    const next = openLeaderLink(
      { leaderId, pingEveryMs },
      {
        bus,
        onSilence: (isSilent) => isLeaderSilent.set(isSilent),
        onOver() {
          if (link === next) link = null;
        },
      },
    );
    link = next;
    isLeaderSilent.set(false);
    role.set('follower');
    tellChange();
  };

  /** Leads while the lock is this tab's, and stands in line for it otherwise. */
  const stand = async (manager: LockManager): Promise<void> => {
    while (!stopped.signal.aborted) {
      const over = Promise.withResolvers<undefined>();
      const hold = () => {
        if (stopped.signal.aborted) return undefined;
        lead();
        stopped.signal.addEventListener('abort', () => over.resolve(undefined));
        return over.promise;
      };
      try {
        await manager.request(LEADER_LOCK, { signal: stopped.signal }, hold);
      } catch {
        // Stolen by a tab that could not reach this one, or this tab is stopping. Not at once again, lest two tabs fight.
        resign();
        await delay(askEveryMs);
      }
      resign();
    }
  };

  /**
   * A leader that holds the lock but answers nobody is frozen: the lead is taken from it. Once, however many calls wait for
   * it: a second theft would take the lock, and the loaded model with it, from this tab itself.
   */
  const takeOver = async (manager: LockManager): Promise<void> => {
    if (isTakingOver) return;
    isTakingOver = true;
    const over = Promise.withResolvers<undefined>();
    try {
      await manager.request(LEADER_LOCK, { steal: true }, () => {
        isTakingOver = false;
        if (own !== null || stopped.signal.aborted) return undefined;
        lead();
        stopped.signal.addEventListener('abort', () => over.resolve(undefined));
        return over.promise;
      });
    } catch {
      // Stolen in turn.
    }
    isTakingOver = false;
    resign();
  };

  /** Waits until there is an engine to call. Rejects with the signal's reason, or app/no-leader. */
  const reach = async (signal: AbortSignal | undefined): Promise<Target> => {
    for (let unanswered = 0; ; unanswered++) {
      signal?.throwIfAborted();
      if (stopped.signal.aborted) throw noLeader();
      if (own !== null) return own.target;
      if (link !== null) return link;
      if (unanswered >= MAX_UNANSWERED && locks !== null) {
        unanswered = 0;
        void takeOver(locks);
      }
      if (unanswered === SILENT_AFTER_ASKS) isLeaderSilent.set(true);
      bus.post({ type: 'who', from: tabId });
      await Promise.race([changed.promise, delay(askEveryMs)]);
    }
  };

  /** Runs a call, and again where the tab that answered it went meanwhile. */
  const anywhere = async <T>(signal: AbortSignal | undefined, call: (engine: Engine) => Promise<T>): Promise<T> => {
    for (let moves = 0; ; moves++) {
      const target = await reach(signal);
      try {
        return await call(target.engine);
      } catch (error) {
        if (!target.isOver || signal?.aborted === true) throw error;
        if (moves >= MAX_MOVES) throw noLeader(error);
      }
    }
  };

  async function* generate(
    request: GenerateRequest,
    options: { readonly signal?: AbortSignal },
  ): AsyncGenerator<GenerateEvent> {
    const { signal } = options;
    const startedAtMs = performance.now();
    let answerPrefix = request.answerPrefix;
    let tokens = 0;
    let timeToFirstTokenMs = 0;
    for (let moves = 0; ; moves++) {
      const target = await reach(signal);
      try {
        const maxTokens = Math.max(1, request.sampling.maxTokens - tokens);
        const rest = { ...request, answerPrefix, sampling: { ...request.sampling, maxTokens } };
        for await (const event of target.engine.generate(rest, options)) {
          if (event.type === 'token') {
            if (tokens === 0) timeToFirstTokenMs = performance.now() - startedAtMs;
            answerPrefix += event.text;
            tokens++;
          }
          if (event.type === 'done' && moves > 0 && tokens > event.stats.completionTokens) {
            // Made in parts by several engines: the figures are the whole's, and no one commitment covers it.
            const { proof: _ofThePart, ...whole } = event;
            yield {
              ...whole,
              stats: { ...event.stats, completionTokens: tokens, timeToFirstTokenMs },
              commitment: null,
            };
            return;
          }
          yield event;
          if (event.type === 'done') return;
        }
        throw new WeftError('app/internal', 'The engine ended the answer without saying why.', { retryable: true });
      } catch (error) {
        if (!target.isOver || signal?.aborted === true) throw error;
        // An order is for these tokens: its rest is another one.
        if (moves >= MAX_MOVES || (request.job !== undefined && tokens > 0)) throw noLeader(error);
      }
    }
  }

  const start = async (manager: LockManager): Promise<void> => {
    // Held as long as this tab lives, so that a leader notices its end; held before any leader can look for it.
    const held: HeldLock | null = await holdLock(manager, tabLock(tabId), stopped.signal);
    if (stopped.signal.aborted) {
      held?.release();
      return;
    }
    stopped.signal.addEventListener('abort', () => held?.release());
    bus.subscribe((message) => {
      if (message.type === 'leader') follow(message.from);
    });
    bus.post({ type: 'who', from: tabId });
    await stand(manager);
  };
  if (locks === null) lead();
  else void start(locks);

  return {
    role,
    isLeaderSilent,
    load: (model, options) => anywhere(options.signal, (engine) => engine.load(model, options)),
    generate,
    audit: (request, options) => anywhere(options.signal, (engine) => engine.audit(request, options)),
    forward: (request, options) => anywhere(options.signal, (engine) => engine.forward(request, options)),
    embed: (request, options) => anywhere(options.signal, (engine) => engine.embed(request, options)),
    tokenizerKit: (model, options) => anywhere(options.signal, (engine) => engine.tokenizerKit(model, options)),
    encodePrompt: (request, options) => anywhere(options.signal, (engine) => engine.encodePrompt(request, options)),
    selfTest: (options) => anywhere(options.signal, (engine) => engine.selfTest(options)),
    unload: () => anywhere(undefined, (engine) => engine.unload()),
    stop() {
      stopped.abort();
      link?.end(new Error('this tab is closing'));
      link = null;
      resign();
      tellChange();
      bus.close();
    },
  };
}

function noLeader(cause?: unknown): WeftError {
  return new WeftError('app/no-leader', 'The tab that runs the model is gone, and no other tab could take over.', {
    hints: ['Reload this tab.'],
    retryable: true,
    cause,
  });
}

function delay(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}
