import type { ToolDialect, ToolDialectInit } from './tool-dialect.ts';
import { toolJson } from './tool-json.ts';
import { control, plain } from './prompt-piece.ts';

/** Newer ones (Qwen 3.5) have the same tokens and write something else between them. */
const ARCHITECTURES: readonly string[] = ['llama', 'mistral', 'qwen2', 'qwen3'];
const OPEN = '<tool_call>';
const CLOSE = '</tool_call>';

/**
 * ChatML with `<tool_call>`: definitions between `<tools>` tags in the system turn, one JSON object a call, results
 * between `<tool_response>` tags in a turn of the user (Qwen) or of a role of their own (Hermes). Forms as published in
 * the chat templates of Qwen2.5 and Qwen3 and in NousResearch/Hermes-Function-Calling; the words around them are ours.
 */
export function hermesDialect({ architecture, template, tokenizer }: ToolDialectInit): ToolDialect | null {
  const isChatMl = template.roles.user.includes('<|im_start|>') && template.systemTemplate.includes('{system_message}');
  if (!isChatMl || !ARCHITECTURES.includes(architecture)) return null;
  if (!tokenizer.hasToken(OPEN) || !tokenizer.hasToken(CLOSE)) return null;
  const around = (toolName: string) => ({
    begin: `${OPEN}\n{"name": "${toolName}", "arguments": `,
    end: `}\n${CLOSE}`,
  });
  return {
    describe: (tools) => [
      control('# Tools\n\nYou can call these functions where they help to answer:\n<tools>\n'),
      plain(tools.map(toolJson).join('\n')),
      control(
        '\n</tools>\n\nTo call one, write a JSON object with its name and its arguments between ' +
          `${OPEN} and ${CLOSE}, and wait for the result:\n` +
          `${OPEN}\n{"name": <function-name>, "arguments": <args-json-object>}\n${CLOSE}`,
      ),
    ],
    around,
    call({ name, arguments: text }, isFirst) {
      const { begin, end } = around(name);
      const inside = begin.slice(OPEN.length) + text + end.slice(0, -CLOSE.length);
      return [control(isFirst ? OPEN : `\n${OPEN}`), plain(inside), control(CLOSE)];
    },
    result: (text, isFirst) => [
      control(`${isFirst ? '' : '\n'}<tool_response>\n`),
      plain(withoutTags(text)),
      control('\n</tool_response>'),
    ],
    resultRole: template.roles.tool ?? template.roles.user,
    sharesTurn: true,
    opening: OPEN,
    isWholeAnswer: false,
    thinks: tokenizer.hasToken('<think>') && tokenizer.hasToken('</think>'),
  };
}

/** Where the tags are plain text to the tokenizer, a result could end its block with one. */
function withoutTags(text: string): string {
  return text.replaceAll(/<(?=\s*\/?\s*tool)/giu, '\\u003c');
}
