import type { Conversation, Message } from '../../storage/schema.ts';
import { branchTo, createMessageTree, parentIn } from '../../storage/tree.ts';
import type { BranchMessage, ChatView } from '../app.ts';

export type ReadyView = Extract<ChatView, { status: 'ready' }>;

/** The branch on screen of a conversation. Entries that did not change are taken over from `previous` as they are. */
export function viewOf(conversation: Conversation, messages: Iterable<Message>, previous: ChatView): ReadyView {
  const tree = createMessageTree(messages);
  const known = new Map<string, BranchMessage>();
  if (previous.status === 'ready') for (const entry of previous.branch) known.set(entry.message.id, entry);

  const branch = branchTo(tree, conversation.leafId).map((message): BranchMessage => {
    const siblings = tree.children(parentIn(tree.byId, message));
    const entry = known.get(message.id);
    if (entry?.message === message && areSame(entry.siblings, siblings)) return entry;
    return { message, siblings, index: siblings.findIndex(({ id }) => id === message.id) };
  });
  return { status: 'ready', conversation, branch, context: contextOf(branch) };
}

function contextOf(branch: readonly BranchMessage[]): ReadyView['context'] {
  const stats = branch.findLast(({ message }) => message.stats !== null)?.message.stats;
  return stats == null ? null : { usedTokens: stats.contextTokens, limitTokens: stats.contextLimit };
}

function areSame(a: readonly Message[], b: readonly Message[]): boolean {
  return a.length === b.length && a.every((message, at) => message === b[at]);
}
