import { MAX_TITLE_CHARS } from '../../storage/constants.ts';
import type { Conversation } from '../../storage/schema.ts';
import type { NewChat } from '../app.ts';
import { checkedSettings } from './checked-settings.ts';

/** The title of a chat before its first question. */
export const UNTITLED = 'New chat';

/** Throws app/bad-request for settings that storage would refuse. */
export function createConversation(id: string, init: NewChat, nowMs: number): Conversation {
  const title = (init.title ?? '').trim().slice(0, MAX_TITLE_CHARS);
  return {
    id,
    title: title === '' ? UNTITLED : title,
    titleSource: title === '' ? 'auto' : 'user',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    pinned: false,
    archived: false,
    deletedAtMs: null,
    leafId: null,
    modelId: null,
    settings: checkedSettings(init.settings ?? { systemPrompt: null, sampling: {} }),
    draft: '',
  };
}
