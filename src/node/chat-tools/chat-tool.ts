import type { ToolDefinition } from '../../protocol/tools.ts';

/** Tools that a person can turn on in a chat. Each works on this device and contacts nobody. */
export type ChatToolName = 'calculator' | 'clock' | 'search_chats';

/** Where a call comes from. */
export interface CallContext {
  readonly conversationId: string;
  readonly signal: AbortSignal;
}

/** One tool as it is told and run. */
export interface ChatTool {
  readonly definition: ToolDefinition & { readonly name: ChatToolName };
  /** Resolves to what the model is told. Throws app/bad-request for arguments that are not usable, in words for the model. */
  run(args: unknown, context: CallContext): string | Promise<string>;
}
