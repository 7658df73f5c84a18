import { WeftError } from '../protocol/errors.ts';
import { checkReadable } from './check-readable.ts';
import type { StoredTree, TreeEdit } from './chat-database.ts';

/**
 * Refuses an edit that would leave the conversation pointing at a message that is not there, or a message in a
 * conversation that is not there. Throws app/internal: such an edit is a defect of the caller.
 */
export function checkEdit(conversationId: string, tree: StoredTree, edit: TreeEdit): void {
  checkReadable(edit.conversation, edit.put ?? []);
  const conversation = edit.conversation ?? tree.conversation;
  if (conversation?.id !== conversationId) {
    throw new WeftError('app/internal', `Expected an edit of conversation ${conversationId}, got none to edit.`);
  }
  const ids = new Set(tree.messages.map((message) => message.id));
  const parents = new Map(tree.messages.map((message) => [message.id, message.parentId]));
  for (const id of edit.remove ?? []) ids.delete(id);
  for (const message of edit.put ?? []) {
    if (message.conversationId !== conversationId) {
      throw new WeftError('app/internal', `Message ${message.id} belongs to another conversation.`);
    }
    ids.add(message.id);
  }
  for (const message of edit.put ?? []) {
    // A message that was there may go on following one that cannot be read.
    const isOrphan = parents.get(message.id) === message.parentId && !parents.has(message.parentId ?? '');
    if (message.parentId !== null && !ids.has(message.parentId) && !isOrphan) {
      throw new WeftError('app/internal', `Message ${message.id} follows ${message.parentId}, which is not there.`);
    }
  }
  const leafChanged = edit.conversation !== undefined || edit.remove !== undefined;
  if (leafChanged && conversation.leafId !== null && !ids.has(conversation.leafId)) {
    throw new WeftError('app/internal', `The branch would end at ${conversation.leafId}, which is not there.`);
  }
}
