import type { GenerateEvent, ModelInfo } from '../../engine/engine.ts';
import type { JobProof } from '../../protocol/chat.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { WireError } from '../../protocol/errors.ts';
import type { ToolCall, ToolDefinition } from '../../protocol/tools.ts';
import { MAX_ERROR_CHARS, MAX_ERROR_HINTS, MAX_TEXT_CHARS } from '../../storage/constants.ts';
import { checkMessage } from '../../storage/records.ts';
import type { Message, ToolRound } from '../../storage/schema.ts';
import type { LiveAnswer } from '../app.ts';
import type { ChatTool } from '../chat-tools/chat-tool.ts';
import { MAX_CALL_ROUNDS } from '../chat-tools/constants.ts';
import { runCalls } from '../chat-tools/run-calls.ts';
import type { ChatHub } from '../chats/chat-hub.ts';
import type { EngineSession } from '../engine-session.ts';
import type { LiveSource } from '../live.ts';
import { SAVE_EVERY_MS, STOP_GRACE_MS } from './constants.ts';
import { picturesOf } from './pictures.ts';
import type { AnswerPlan } from './plan.ts';
import { roundTurns } from './round-turns.ts';
import { createTextSaver } from './text-saver.ts';
import { turnsOf } from './turns.ts';

export interface AnswerRunDeps {
  readonly session: EngineSession;
  /** Those of the chat's settings that are here are offered. */
  readonly tools: readonly ChatTool[];
  readonly hub: ChatHub;
  readonly live: LiveSource<LiveAnswer | null>;
  readonly onError: (error: WeftError) => void;
  readonly nowMs: () => number;
}

export interface AnswerRun {
  /** Resolves, never rejects, when the final state is stored (or reported as not storable). */
  readonly over: Promise<Message>;
  stop(): void;
  /** Stores the text so far at once. */
  flush(): Promise<void>;
}

type Ending = Pick<Message, 'state' | 'error' | 'finish' | 'stats' | 'commitment'>;

/** Writes one answer: engine → live answer → storage, to a final state whatever happens. */
export function startAnswerRun(plan: AnswerPlan, deps: AnswerRunDeps): AnswerRun {
  const { answer, conversation } = plan;
  const { hub, live, session, nowMs } = deps;
  const controller = new AbortController();
  const startedAtMs = nowMs();
  let text = answer.text;
  let rounds: readonly ToolRound[] = answer.rounds ?? [];
  /** What the model asks for while its part ends. */
  let calls: readonly ToolCall[] = [];
  /** Tokens of the rounds before. */
  let roundTokens = 0;
  /** The text that was there when the engine began this part. */
  let prefix = text;
  let current: LiveAnswer = {
    conversationId: conversation.id,
    messageId: answer.id,
    phase: session.state.current.status === 'ready' ? 'reading' : 'connecting',
    ahead: 0,
    load: null,
    prompt: null,
    rounds,
    text,
    tokens: 0,
    startedAtMs,
    timeToFirstTokenMs: null,
    tokensPerSecond: null,
    servedBy: null,
  };
  live.set(current);
  const show = (part: Partial<LiveAnswer>) => {
    current = { ...current, ...part };
    live.set(current);
  };

  const saver = createTextSaver({
    everyMs: SAVE_EVERY_MS,
    save: async (latest) => {
      await hub.editMessage(answer.id, (stored) =>
        stored.state === 'writing' && stored.text !== latest ? { ...stored, text: latest } : null,
      );
    },
    onError: (error) => deps.onError(WeftError.from(error, 'storage/unavailable')),
  });

  const receive = async (): Promise<Ending> => {
    try {
      return await receiveOnce();
    } catch (error) {
      // Another tab came to lead, or the model was unloaded between two turns: load it and go on from here.
      if (!(error instanceof WeftError && error.code === 'engine/not-loaded')) throw error;
      return receiveOnce();
    }
  };

  const receiveOnce = async (): Promise<Ending> => {
    for (;;) {
      const ending = await receivePart();
      if (ending.finish !== 'tool-calls') return ending;
      await useTools();
    }
  };

  /** Runs what the model called, and stores both before it goes on. */
  const useTools = async () => {
    show({ phase: 'calling' });
    const context = { conversationId: conversation.id, signal: controller.signal };
    const answered = await runCalls(calls, deps.tools, context);
    rounds = [...rounds, { text, calls: answered }];
    text = '';
    await saver.flush();
    await hub.editMessage(answer.id, (stored) => (stored.state === 'writing' ? { ...stored, rounds, text } : null));
    show({ phase: 'reading', rounds, text, prompt: null });
  };

  const offered = (model: ModelInfo): readonly ToolDefinition[] => {
    const names = model.tools && rounds.length < MAX_CALL_ROUNDS ? (conversation.settings.tools ?? []) : [];
    return deps.tools.map(({ definition }) => definition).filter(({ name }) => names.includes(name));
  };

  const receivePart = async (): Promise<Ending> => {
    prefix = text;
    const unfollow = session.state.subscribe(({ status, progress }) => {
      if (status === 'loading') show({ phase: 'loading', load: progress });
    });
    try {
      const events = session.generate(
        async (model) => {
          show({ phase: 'reading', load: null });
          const { settings } = conversation;
          const images = model.vision ? await picturesOf(plan.history, await hub.database) : undefined;
          const tools = offered(model);
          const history = turnsOf(plan.history, settings.systemPrompt ?? model.systemPrompt, images, model.tools);
          return {
            turns: [...history, ...roundTurns(rounds)],
            answerPrefix: text,
            sampling: { ...model.defaults, ...settings.sampling },
            ...(settings.format === undefined ? {} : { format: settings.format }),
            ...(tools.length === 0 ? {} : { tools }),
          };
        },
        { signal: controller.signal, modelId: answer.modelId },
      );
      for await (const event of endingSoonAfter(controller.signal, events)) {
        const ending = take(event);
        if (ending !== null) return ending;
      }
    } finally {
      unfollow();
    }
    throw new WeftError('app/internal', 'The engine ended the answer without saying why.', { retryable: true });
  };

  /** Of the last part; it stands for the answer only where that is all of it. */
  let proof: JobProof | null = null;
  let firstTokenAtMs = 0;
  const take = (event: GenerateEvent): Ending | null => {
    switch (event.type) {
      case 'served-by':
        proof = null;
        show({ phase: current.text === '' ? 'connecting' : current.phase, servedBy: event.node });
        return null;
      case 'loading':
        show({ phase: 'loading', ahead: 0, load: event.progress });
        return null;
      case 'queued':
        show({ phase: 'queued', ahead: event.ahead });
        return null;
      case 'prefill': {
        const { promptTokens: tokens, cachedTokens: cached, doneTokens: done } = event;
        show({ phase: 'reading', ahead: 0, load: null, prompt: { tokens, cached, done } });
        return null;
      }
      case 'token': {
        // Longer than storage reads back: it ends here, whole.
        if (text.length + event.text.length > MAX_TEXT_CHARS) {
          return { state: 'complete', error: null, finish: 'length', stats: null, commitment: null };
        }
        const atMs = nowMs();
        const tokens = current.tokens + 1;
        if (tokens === 1) firstTokenAtMs = atMs;
        text += event.text;
        show({
          phase: 'writing',
          ahead: 0,
          text,
          tokens,
          timeToFirstTokenMs: firstTokenAtMs - startedAtMs,
          tokensPerSecond: tokens < 2 ? null : ((tokens - 1) * 1000) / Math.max(1, atMs - firstTokenAtMs),
        });
        saver.update(text);
        return null;
      }
      case 'tool-calls':
        calls = event.calls;
        return null;
      case 'done': {
        const { reason: finish } = event;
        const stats = { ...event.stats, completionTokens: roundTokens + event.stats.completionTokens };
        roundTokens = stats.completionTokens;
        // The commitment of a continuation or of a round covers its own tokens only; none is claimed for the whole.
        const isWhole = prefix === '' && rounds.length === 0;
        const commitment = isWhole ? event.commitment : null;
        proof = isWhole ? (event.proof ?? null) : null;
        return { state: finish === 'aborted' ? 'stopped' : 'complete', error: null, finish, stats, commitment };
      }
    }
  };

  const end = async (): Promise<Message> => {
    let ending: Ending;
    try {
      ending = await receive();
    } catch (error) {
      ending = endingOf(error, controller.signal);
    }
    // A record that is not valid could not be read again, text and all; its figures are not worth that.
    const { servedBy } = current;
    const by = servedBy === null ? {} : { servedBy: { address: servedBy.address, path: servedBy.path, proof } };
    const written = { text, ...(rounds.length === 0 ? {} : { rounds }), ...by };
    const isValid = checkMessage({ ...answer, ...ending, ...written }).ok;
    if (!isValid) ending = { ...ending, stats: null, commitment: null };
    await saver.stop();
    const final: Message = { ...withoutServer(answer), ...ending, ...written };
    try {
      // A chat or message that was deleted meanwhile stays deleted.
      await hub.editMessage(answer.id, (stored) => ({ ...withoutServer(stored), ...ending, ...written }));
    } catch (error) {
      deps.onError(WeftError.from(error, 'storage/unavailable'));
      hub.showUnsaved(final);
    }
    live.set(null);
    return final;
  };

  return {
    over: end(),
    stop: () => controller.abort(new DOMException('The person stopped the answer.', 'AbortError')),
    flush: () => saver.flush(),
  };
}

/** Who wrote it in an earlier run did not write it now. */
function withoutServer({ servedBy: _before, ...message }: Message): Message {
  return message;
}

function endingOf(error: unknown, signal: AbortSignal): Ending {
  const none = { finish: null, stats: null, commitment: null };
  if (signal.aborted) return { ...none, state: 'stopped', error: null, finish: 'aborted' };
  const failure = WeftError.from(error);
  // The text is whole up to here and the same answer can go on: the tab that led is gone, or its worker.
  const isInterrupted = failure.code === 'app/no-leader' || failure.code === 'app/worker-dead';
  return { ...none, state: isInterrupted ? 'interrupted' : 'failed', error: storable(failure.toWire()) };
}

/** A driver's log can be longer than a record may be; a message that is not valid would take its text with it. */
function storable(error: WireError): WireError {
  const cut = (text: string) => text.slice(0, MAX_ERROR_CHARS);
  return { ...error, message: cut(error.message), hints: error.hints.slice(0, MAX_ERROR_HINTS).map(cut) };
}

/** The events; once the signal aborts, only those of the next moments, so that stopping is felt at once. */
async function* endingSoonAfter<T>(signal: AbortSignal, events: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = events[Symbol.asyncIterator]();
  const late = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => late.reject(signal.reason as Error), STOP_GRACE_MS);
  };
  // Nobody waits for it where the events end in time.
  late.promise.catch(() => undefined);
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), late.promise]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    // Not awaited: a source that is stuck would hold the stop up. What it throws now belongs to nobody.
    iterator.return?.().catch(() => undefined);
  }
}
