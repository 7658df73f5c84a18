import { WeftError } from '../../protocol/errors.ts';
import type { StoredTree, TreeEdit } from '../../storage/chat-database.ts';
import { MAX_MESSAGES_PER_CHAT } from '../../storage/constants.ts';
import { newId } from '../../storage/new-id.ts';
import type { Conversation, Message } from '../../storage/schema.ts';
import { branchTo, createMessageTree, parentIn } from '../../storage/tree.ts';
import type { QuestionPictures } from './pictures.ts';
import { titleOf } from './title.ts';

/** What a verb writes before an answer begins, and what the answer begins from. */
export interface AnswerPlan {
  readonly edit: TreeEdit;
  readonly conversation: Conversation;
  /** The message to write into, as the edit stores it (state `writing`). */
  readonly answer: Message;
  /** The branch before the answer. */
  readonly history: readonly Message[];
}

export interface PlanContext {
  readonly nowMs: number;
  readonly modelId: string;
}

type Plan = (tree: StoredTree, context: PlanContext) => AnswerPlan;

/** A question at the end of the branch. Without a conversation the one given by `fresh` begins. */
export function planSend(text: string, pictures: QuestionPictures, fresh: Conversation | null): Plan {
  return (tree, context) => {
    const conversation = tree.conversation ?? fresh;
    if (conversation?.deletedAtMs !== null) throw unknown('chat');
    const messages = createMessageTree(tree.messages);
    const branch = branchTo(messages, conversation.leafId);
    const said = createMessage(conversation.id, branch.at(-1)?.id ?? null, 'user', text, context);
    const question: Message = pictures.named.length === 0 ? said : { ...said, images: pictures.named };
    const plan = finish(tree, { ...conversation, draft: '' }, [...branch, question], [question], context);
    return { ...plan, edit: { ...plan.edit, images: pictures.stored } };
  };
}

/** Another answer beside `answerId`. */
export function planRegenerate(answerId: string): Plan {
  return (tree, context) => {
    const { conversation, history } = answerIn(tree, answerId);
    return finish(tree, conversation, history, [], context);
  };
}

/** Another wording beside the question `questionId`, with its pictures, and its answer. */
export function planEdit(questionId: string, text: string): Plan {
  return (tree, context) => {
    const { conversation, message, history } = messageIn(tree, questionId, 'user');
    const parentId = parentIn(createMessageTree(tree.messages).byId, message);
    const said = createMessage(conversation.id, parentId, 'user', text, context);
    const question: Message = message.images === undefined ? said : { ...said, images: message.images };
    return finish(tree, conversation, [...history, question], [question], context);
  };
}

/** The same answer again, from its beginning (`keepText` false) or from its end. */
export function planAgain(answerId: string, keepText: boolean): Plan {
  return (tree, context) => {
    const { conversation, message, history } = answerIn(tree, answerId);
    const hasBegun = message.text !== '' || message.rounds !== undefined;
    if (keepText && !hasBegun) return planAgain(answerId, false)(tree, context);
    const { rounds, ...spoken } = message;
    const answer: Message = {
      ...spoken,
      ...(keepText && rounds !== undefined ? { rounds } : {}),
      text: keepText ? message.text : '',
      state: 'writing',
      error: null,
      finish: null,
      stats: null,
      commitment: null,
      modelId: context.modelId,
    };
    const moved = leadsTo(tree, conversation, answer.id) ? conversation.leafId : answer.id;
    const next = { ...conversation, leafId: moved, updatedAtMs: context.nowMs };
    return { edit: withOrphans(tree, { conversation: next, put: [answer] }), conversation: next, answer, history };
  };
}

function finish(
  tree: StoredTree,
  conversation: Conversation,
  history: readonly Message[],
  added: readonly Message[],
  context: PlanContext,
): AnswerPlan {
  if (tree.messages.length + added.length + 1 > MAX_MESSAGES_PER_CHAT) {
    throw new WeftError(
      'app/bad-request',
      `This chat has ${MAX_MESSAGES_PER_CHAT} messages, which is the most it holds.`,
      {
        hints: ['Start a new chat; a recap can go with it.'],
      },
    );
  }
  const answer: Message = {
    ...createMessage(conversation.id, history.at(-1)?.id ?? null, 'assistant', '', context),
    state: 'writing',
    modelId: context.modelId,
  };
  const first = history.find(({ role }) => role === 'user');
  const next: Conversation = {
    ...conversation,
    title:
      conversation.titleSource === 'auto' && first !== undefined
        ? titleOf(first.text === '' ? (first.images?.[0]?.name ?? '') : first.text)
        : conversation.title,
    leafId: answer.id,
    updatedAtMs: context.nowMs,
    modelId: context.modelId,
  };
  const edit = withOrphans(tree, { conversation: next, put: [...added, answer] });
  return { edit, conversation: next, answer, history };
}

/**
 * Whoever plans holds the chat's lock, so another message in state `writing` has lost its writer: it is closed in the
 * same transaction.
 */
function withOrphans(tree: StoredTree, edit: TreeEdit): TreeEdit {
  const own = new Set((edit.put ?? []).map(({ id }) => id));
  const orphans = tree.messages
    .filter(({ id, state }) => state === 'writing' && !own.has(id))
    .map((message): Message => ({ ...message, state: 'interrupted' }));
  return { ...edit, put: [...orphans, ...(edit.put ?? [])] };
}

function createMessage(
  conversationId: string,
  parentId: string | null,
  role: Message['role'],
  text: string,
  { nowMs }: PlanContext,
): Message {
  return {
    id: newId(nowMs),
    conversationId,
    parentId,
    role,
    text,
    createdAtMs: nowMs,
    state: 'complete',
    error: null,
    finish: null,
    stats: null,
    commitment: null,
    modelId: null,
  };
}

function messageIn(tree: StoredTree, messageId: string, role: Message['role']) {
  const { conversation } = tree;
  const message = tree.messages.find(({ id }) => id === messageId);
  if (conversation?.deletedAtMs !== null || message === undefined) throw unknown('message');
  if (message.role !== role) {
    throw new WeftError('app/bad-request', `Expected a message of the ${role}, got one of the ${message.role}.`);
  }
  const history = branchTo(createMessageTree(tree.messages), messageId).slice(0, -1);
  return { conversation, message, history };
}

function answerIn(tree: StoredTree, answerId: string) {
  const found = messageIn(tree, answerId, 'assistant');
  if (!found.history.some(({ role }) => role === 'user')) {
    throw new WeftError('app/bad-request', 'The question of this answer is lost, so it cannot be answered again.', {
      hints: ['Ask again below.'],
    });
  }
  return found;
}

/** True where the branch on screen already goes through this message. */
function leadsTo(tree: StoredTree, conversation: Conversation, messageId: string): boolean {
  return branchTo(createMessageTree(tree.messages), conversation.leafId).some(({ id }) => id === messageId);
}

function unknown(what: 'chat' | 'message'): WeftError {
  return new WeftError('app/bad-request', `This ${what} is no longer there; it may have been deleted in another tab.`);
}
