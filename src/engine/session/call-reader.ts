import { MAX_ARGUMENTS_CHARS } from '../../protocol/tools.ts';
import type { ToolCall, ToolDefinition } from '../../protocol/tools.ts';
import { createStopText } from './stop-text.ts';
import type { ToolDialect } from './tool-dialect.ts';

/** Tells what a model says from what it calls, as the text grows. */
export interface CallReader {
  /** The part that may be shown now; nothing of a call is ever shown. */
  readonly push: (text: string) => string;
  /** What was held back because it could have begun a call. */
  readonly flush: () => string;
  /** The whole call once the answer has ended; null where there is none, or where it was cut. */
  readonly call: () => ToolCall | null;
}

export interface CallReaderInit {
  readonly dialect: ToolDialect;
  readonly tools: readonly ToolDefinition[];
  /** Text of the answer that is already there. */
  readonly prefix: string;
  readonly newId: () => string;
}

const THINK = '<think>';
const THOUGHT = '</think>';

/** An id that no other call of its conversation has. */
export function newCallId(): string {
  return `call_${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`;
}

/** A call inside a model's thinking is a thought about one. */
export function createCallReader({ dialect, tools, prefix, newId }: CallReaderInit): CallReader {
  const { opening, isWholeAnswer, thinks } = dialect;
  const stops = createStopText([opening]);
  let whole = '';
  /** Where the call begins; null while nothing looks like one. */
  let callAt: number | null = null;

  const isThinking = (): boolean => {
    if (!thinks || !whole.trimStart().startsWith(THINK)) return false;
    const end = whole.indexOf(THOUGHT);
    return end === -1 || end + THOUGHT.length >= whole.length;
  };

  const push = (text: string): string => {
    const before = whole.length;
    whole += text;
    if (callAt !== null) return '';
    if (isWholeAnswer) {
      if (!whole.startsWith(opening)) return text;
      callAt = 0;
      return '';
    }
    if (isThinking()) return text;
    const thought = thinks && whole.trimStart().startsWith(THINK) ? whole.indexOf(THOUGHT) + THOUGHT.length : 0;
    // A token may end the thinking and begin what follows.
    const open = Math.max(0, thought - before);
    const shown = stops.push(text.slice(open));
    if (shown.isStopped) callAt = whole.indexOf(opening, thought);
    return text.slice(0, open) + shown.text;
  };

  push(prefix);
  return {
    push,
    flush: () => (callAt === null ? stops.flush() : ''),
    call() {
      if (callAt === null) return null;
      const text = whole.slice(callAt).trimEnd();
      for (const { name } of tools) {
        const { begin, end } = dialect.around(name);
        if (!text.startsWith(begin) || !text.endsWith(end)) continue;
        const written = text.slice(begin.length, text.length - end.length);
        if (written.length <= MAX_ARGUMENTS_CHARS && isObject(written))
          return { id: newId(), name, arguments: written };
      }
      return null;
    },
  };
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
