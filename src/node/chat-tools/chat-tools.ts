import type { ChatHub } from '../chats/chat-hub.ts';
import { searchChats } from '../chats/search-chats.ts';
import { calculator } from './calculator.ts';
import type { ChatTool } from './chat-tool.ts';
import { createClock } from './clock.ts';
import { createSearchTool } from './search-tool.ts';

export interface ChatToolsDeps {
  readonly hub: ChatHub;
  readonly nowMs: () => number;
}

/** All tools of the chat; a chat offers those its settings name. */
export function createChatTools(deps: ChatToolsDeps): readonly ChatTool[] {
  return [calculator, createClock(deps), createSearchTool({ search: (init) => searchChats(init, deps) })];
}
