import { newestLeaf, createMessageTree } from './tree.ts';
import type { Conversation, Message } from './schema.ts';

/** A conversation for messages whose own record was lost, ending at the newest branch. */
export function rebuildConversation(id: string, messages: readonly Message[], nowMs: number): Conversation {
  const times = messages.map((message) => message.createdAtMs);
  return {
    id,
    title: 'Recovered chat',
    titleSource: 'auto',
    createdAtMs: times.reduce((least, time) => Math.min(least, time), nowMs),
    updatedAtMs: times.reduce((most, time) => Math.max(most, time), 0) || nowMs,
    pinned: false,
    archived: false,
    deletedAtMs: null,
    leafId: newestLeaf(createMessageTree(messages), null)?.id ?? null,
    modelId: null,
    settings: { systemPrompt: null, sampling: {} },
    draft: '',
  };
}
