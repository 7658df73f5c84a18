import type { Conversation, Message } from './schema.ts';

/** A valid conversation for tests. */
export function conversationOf(id: string, change: Partial<Conversation> = {}): Conversation {
  return {
    id,
    title: `Chat ${id}`,
    titleSource: 'auto',
    createdAtMs: 1_000,
    updatedAtMs: 1_000,
    pinned: false,
    archived: false,
    deletedAtMs: null,
    leafId: null,
    modelId: 'weft-guide',
    settings: { systemPrompt: null, sampling: {} },
    draft: '',
    ...change,
  };
}

/** A valid message for tests: an assistant's where the id starts with `a`, otherwise a person's. */
export function messageOf(conversationId: string, id: string, change: Partial<Message> = {}): Message {
  return {
    id,
    conversationId,
    parentId: null,
    role: id.startsWith('a') ? 'assistant' : 'user',
    text: `Text of ${id}`,
    createdAtMs: 1_000,
    state: 'complete',
    error: null,
    finish: null,
    stats: null,
    commitment: null,
    modelId: null,
    ...change,
  };
}
