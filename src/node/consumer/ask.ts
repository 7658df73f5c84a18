import { WeftError } from '../../protocol/errors.ts';
import type { StoredTree } from '../../storage/chat-database.ts';
import { MAX_TITLE_CHARS } from '../../storage/constants.ts';
import { newId } from '../../storage/new-id.ts';
import type { Conversation, Message } from '../../storage/schema.ts';
import { branchTo, createMessageTree } from '../../storage/tree.ts';
import type { Asker, LiveAnswer, NewChat, NewQuestion, Sent } from '../app.ts';
import type { ChatTool } from '../chat-tools/chat-tool.ts';
import type { ChangeFeed } from '../chats/change-feed.ts';
import type { ChatHub } from '../chats/chat-hub.ts';
import { unknownChat } from '../chats/chat-hub.ts';
import { createConversation } from '../chats/create-conversation.ts';
import type { EngineSession } from '../engine-session.ts';
import { createLive } from '../live.ts';
import type { LiveSource } from '../live.ts';
import type { AnswerLocks } from './answer-locks.ts';
import { startAnswerRun } from './answer-run.ts';
import type { AnswerRun } from './answer-run.ts';
import { MAX_QUESTION_CHARS } from './constants.ts';
import { questionPictures } from './pictures.ts';
import { planAgain, planEdit, planRegenerate, planSend } from './plan.ts';
import type { AnswerPlan, PlanContext } from './plan.ts';
import { recapOf, withoutRecap, withRecap } from './recap.ts';

/** Chats with a live value that nobody watches any more are forgotten beyond this many. */
const MAX_IDLE_LIVES = 32;
const CONTINUED = ' (continued)';

type Plan = (tree: StoredTree, context: PlanContext) => AnswerPlan;

export interface AskerDeps {
  readonly hub: ChatHub;
  readonly feed: ChangeFeed;
  readonly session: EngineSession;
  /** What models may call where a chat's settings name it. */
  readonly tools: readonly ChatTool[];
  readonly locks: AnswerLocks;
  /** A failure in the background that the answer itself does not carry. */
  readonly onError: (error: WeftError) => void;
  /** An answer has reached its final state. */
  readonly onAnswered: (answer: Message) => void;
  readonly nowMs: () => number;
}

/** A verb that has no run yet. */
interface Beginning {
  /** Chats that the person stopped meanwhile: which one this verb is about may have to be looked up first. */
  readonly stopped: Set<string>;
  readonly over: PromiseWithResolvers<undefined>;
}

export interface AskerRoom extends Asker {
  /** As {@link Asker.send}; nothing is stored before `after`, and stopping counts from the call. */
  send(conversationId: string | null, text: string, init?: NewQuestion, after?: Promise<void>): Promise<Sent>;
  /** Stores the text of every running answer at once. */
  flush(): Promise<void>;
  /** Stops every answer; resolves when their final states are stored. */
  close(): Promise<void>;
}

/** The consumer's side of a message: stored first, then answered, never lost. */
export function createAsker(deps: AskerDeps): AskerRoom {
  const { hub, session, nowMs } = deps;
  const runs = new Map<string, AnswerRun>();
  const beginnings = new Set<Beginning>();
  let isClosing = false;
  const lives = new Map<string, LiveSource<LiveAnswer | null>>();

  const liveOf = (conversationId: string): LiveSource<LiveAnswer | null> => {
    const known = lives.get(conversationId);
    if (known !== undefined) return known;
    const live = createLive<LiveAnswer | null>(null);
    lives.set(conversationId, live);
    const idle = [...lives].filter(([id, { watched }]) => !watched && !runs.has(id) && id !== conversationId);
    for (const [id] of idle.slice(0, Math.max(0, idle.length - MAX_IDLE_LIVES))) lives.delete(id);
    return live;
  };

  const begin = async (find: () => Promise<string>, plan: Plan): Promise<Sent> => {
    const beginning: Beginning = { stopped: new Set(), over: Promise.withResolvers() };
    beginnings.add(beginning);
    try {
      return await beginAs(beginning, await find(), plan);
    } finally {
      beginnings.delete(beginning);
      beginning.over.resolve(undefined);
    }
  };

  /** Takes the chat, stores what the plan says, and lets the answer run; one that was stopped meanwhile ends at once. */
  const beginAs = async (beginning: Beginning, conversationId: string, plan: Plan): Promise<Sent> => {
    const lock = await deps.locks.take(conversationId);
    const made: { plan?: AnswerPlan } = {};
    try {
      await hub.edit(conversationId, (tree) => {
        made.plan = plan(tree, { nowMs: nowMs(), modelId: session.modelId.current });
        return made.plan.edit;
      });
    } catch (error) {
      lock.release();
      throw error;
    }
    // Set by the edit, which resolves only after it ran.
    const planned = made.plan!;
    const run = startAnswerRun(planned, {
      session,
      tools: deps.tools,
      hub,
      live: liveOf(conversationId),
      onError: deps.onError,
      nowMs,
    });
    runs.set(conversationId, run);
    if (isClosing || beginning.stopped.has(conversationId)) run.stop();
    void run.over.then((final) => {
      runs.delete(conversationId);
      lock.release();
      deps.onAnswered(final);
    });
    return { conversationId, answerId: planned.answer.id };
  };

  const conversationOf = async (messageId: string): Promise<string> => {
    const message = await (await hub.database).message(messageId);
    if (message !== null) return message.conversationId;
    throw new WeftError('app/bad-request', 'This message is no longer there; it may have been deleted in another tab.');
  };

  const stopHere = (conversationId: string) => {
    for (const { stopped } of beginnings) stopped.add(conversationId);
    runs.get(conversationId)?.stop();
  };

  deps.feed.subscribe((change) => {
    if (change.type === 'stop') stopHere(change.conversationId);
  });

  return {
    live: liveOf,

    async send(conversationId, text, init, after) {
      const pictures = questionPictures(init?.images ?? []);
      const question = pictures.named.length > 0 && text.trim() === '' ? '' : checkedQuestion(text);
      const fresh = conversationId === null ? createConversation(newId(nowMs()), init ?? {}, nowMs()) : null;
      return begin(
        async () => {
          await after;
          return fresh?.id ?? conversationId!;
        },
        planSend(question, pictures, fresh),
      );
    },

    async regenerate(answerId, { modelId } = {}) {
      if (modelId !== undefined && !session.models.current.some(({ id }) => id === modelId)) {
        throw new WeftError('model/not-found', `There is no model "${modelId}" on this device.`, {
          hints: ['Download it first, or choose another one.'],
        });
      }
      return begin(
        () => conversationOf(answerId),
        (tree, context) => planRegenerate(answerId)(tree, { ...context, modelId: modelId ?? context.modelId }),
      );
    },
    edit: async (questionId, text) =>
      begin(() => conversationOf(questionId), planEdit(questionId, checkedQuestion(text))),
    retry: async (answerId) => begin(() => conversationOf(answerId), planAgain(answerId, false)),
    continueAnswer: async (answerId) => begin(() => conversationOf(answerId), planAgain(answerId, true)),

    stop(conversationId) {
      // What begins here may still wait for an answer of another tab.
      if (!runs.has(conversationId)) deps.feed.publish({ type: 'stop', conversationId });
      stopHere(conversationId);
    },

    async newChatWithRecap(conversationId) {
      const { conversation, messages } = await hub.tree(conversationId);
      if (conversation?.deletedAtMs !== null) throw unknownChat(conversationId);
      // Its own instructions go before the recap, so they must be known.
      const model = session.state.current.model ?? (await session.load());
      const branch = branchTo(createMessageTree(messages), conversation.leafId);
      const recap = recapOf(branch, model.contextLimit);
      const prompt = withoutRecap(conversation.settings.systemPrompt ?? model.systemPrompt);
      const init: NewChat = {
        title: `${conversation.title.replaceAll(CONTINUED, '').slice(0, MAX_TITLE_CHARS - CONTINUED.length)}${CONTINUED}`,
        settings: { ...conversation.settings, systemPrompt: withRecap(prompt, recap) },
      };
      const next: Conversation = createConversation(newId(nowMs()), init, nowMs());
      await hub.edit(next.id, () => ({ conversation: next }));
      return next;
    },

    async flush() {
      await Promise.all([...runs.values()].map((run) => run.flush()));
    },

    async close() {
      isClosing = true;
      await Promise.all([...beginnings].map(({ over }) => over.promise));
      await Promise.all(
        [...runs.values()].map((run) => {
          run.stop();
          return run.over;
        }),
      );
    },
  };
}

function checkedQuestion(text: string): string {
  const question = text.trim();
  if (question === '') throw new WeftError('app/bad-request', 'The message is empty.', { hints: ['Type a question.'] });
  if (question.length <= MAX_QUESTION_CHARS) return question;
  throw new WeftError(
    'app/bad-request',
    `The message has ${question.length} characters; at most ${MAX_QUESTION_CHARS} can be sent.`,
    { hints: ['Shorten it, or send it in parts.'] },
  );
}
