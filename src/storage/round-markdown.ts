import type { ToolRound } from './schema.ts';

/** What an answer did before its text, as Markdown. Calls stand in code, so that nothing in them reads as Markdown. */
export function roundMarkdown({ text, calls }: ToolRound): readonly string[] {
  const used = calls.map(({ name, arguments: given, result }) =>
    ['Used a tool:', '', codeOf(`${name} ${given}\n${result}`)].join('\n'),
  );
  return text.trim() === '' ? used : [text, ...used];
}

/** A text as code, behind a fence that it does not hold. */
function codeOf(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/gu), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [fence, text, fence].join('\n');
}
