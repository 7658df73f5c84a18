import { WeftError } from '../protocol/errors.ts';
import { checkConversation, checkMessage } from './records.ts';
import type { Checked } from './records.ts';
import type { Conversation, Message } from './schema.ts';

/**
 * Refuses records that could not be read again: storing them would be losing them. Throws app/internal: such a record is a
 * defect of the caller.
 */
export function checkReadable(conversation: Conversation | null | undefined, messages: readonly Message[]): void {
  if (conversation != null) demand(conversation.id, checkConversation(conversation));
  for (const message of messages) demand(message.id, checkMessage(message));
}

function demand(id: string, checked: Checked<unknown>): void {
  if (checked.ok) return;
  throw new WeftError('app/internal', `Record ${id} could not be read again: ${checked.reason}.`);
}
