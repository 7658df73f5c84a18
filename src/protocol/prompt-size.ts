import type { PromptRequest } from './prompt-request.ts';

/** Characters for each token that no conversation comes near: words have four, and only long runs of one sign have more. */
const MAX_CHARS_PER_TOKEN = 32;

/**
 * Whether a question can fit into so many tokens at all. Told from lengths alone: to count the tokens of eight megabytes
 * takes half a minute, which a stranger could have for nothing.
 */
export function canFit(request: PromptRequest, contextTokens: number): boolean {
  return charsOf(request) <= contextTokens * MAX_CHARS_PER_TOKEN;
}

function charsOf({ turns, answerPrefix, tools = [] }: PromptRequest): number {
  let chars = answerPrefix.length;
  for (const { content, toolCalls = [] } of turns) {
    chars += content.length;
    for (const call of toolCalls) chars += call.name.length + call.arguments.length;
  }
  for (const { name, description, parameters } of tools) chars += name.length + description.length + parameters.length;
  return chars;
}
