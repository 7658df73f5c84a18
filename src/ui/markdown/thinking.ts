/** An answer in the order it was written: what the model thought aloud, and what it says. */
export interface AnswerPart {
  readonly kind: 'thinking' | 'answer';
  readonly text: string;
  /** True while the closing tag of a thinking part has not arrived. */
  readonly open: boolean;
}

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Splits `<think>…</think>` at the start of an answer from the rest. Only the start counts: a tag in the middle is the
 * model talking about the tag, and stays text.
 */
export function splitThinking(text: string): readonly AnswerPart[] {
  const lead = text.trimStart();
  if (!lead.startsWith(OPEN)) {
    // While the first characters arrive, half a tag must not flash as text.
    return lead !== '' && OPEN.startsWith(lead) ? [] : answer(text);
  }
  const end = lead.indexOf(CLOSE, OPEN.length);
  if (end === -1) {
    return [{ kind: 'thinking', text: withoutHalfTag(lead.slice(OPEN.length)).trim(), open: true }];
  }
  const thought = lead.slice(OPEN.length, end).trim();
  const rest = answer(lead.slice(end + CLOSE.length).trimStart());
  return thought === '' ? rest : [{ kind: 'thinking', text: thought, open: false }, ...rest];
}

/** What the model says, without what it thought: the part that a person copies. */
export function withoutThinking(text: string): string {
  return splitThinking(text)
    .filter((part) => part.kind === 'answer')
    .map((part) => part.text)
    .join('\n');
}

function answer(text: string): readonly AnswerPart[] {
  return text === '' ? [] : [{ kind: 'answer', text, open: false }];
}

function withoutHalfTag(text: string): string {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(CLOSE.slice(0, length))) return text.slice(0, -length);
  }
  return text;
}
