import type { AnsweredCall, ChatToolName } from '../../node/app.ts';

interface ToolText {
  readonly title: string;
  /** One sentence for the switch. */
  readonly what: string;
}

/** What each tool is called and does, in the order of the dialog. */
export const TOOL_TEXTS: Readonly<Record<ChatToolName, ToolText>> = {
  calculator: { title: 'Calculator', what: 'Works out sums that models often get wrong.' },
  clock: { title: 'Date and time', what: 'Tells the model what your device’s clock shows.' },
  search_chats: { title: 'Search in my chats', what: 'Shows the model short excerpts of your other chats.' },
};

export const TOOL_NAMES = Object.keys(TOOL_TEXTS) as readonly ChatToolName[];

export const isChatTool = (name: string): name is ChatToolName => Object.hasOwn(TOOL_TEXTS, name);

/** Longest line for one call. */
const MAX_LINE_CHARS = 120;

/** What a call was, in one line: "Used calculator: 3*7 = 21". */
export function describeCall({ name, arguments: given, result, hasFailed }: AnsweredCall): string {
  const title = isChatTool(name) ? TOOL_TEXTS[name].title.toLowerCase() : name;
  const line = `Used ${title}: ${hasFailed ? 'no result' : gist(name, given, result)}`.replaceAll(/\s+/gu, ' ').trim();
  return line.length <= MAX_LINE_CHARS ? line : `${line.slice(0, MAX_LINE_CHARS - 1).toWellFormed()}…`;
}

function gist(name: string, given: string, result: string): string {
  const args = argsOf(given);
  if (name === 'calculator' && typeof args['expression'] === 'string') return `${args['expression']} = ${result}`;
  if (name === 'search_chats' && typeof args['words'] === 'string') return `“${args['words']}”`;
  return result;
}

/** An import may hold anything. */
function argsOf(given: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(given);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
