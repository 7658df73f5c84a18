import type { ToolDialect, ToolDialectInit } from './tool-dialect.ts';
import { toolJson } from './tool-json.ts';
import { control, plain } from './prompt-piece.ts';

const RESULT_ROLE = '<|start_header_id|>ipython';

/**
 * JSON calls of Llama 3.1 and 3.2: the answer is one JSON object with a name and parameters, the result stands in a turn
 * of `ipython`. Form as published in the models' chat templates and prompt guide; the words around it are ours.
 */
export function llamaDialect({ template, tokenizer }: ToolDialectInit): ToolDialect | null {
  const isLlama3 =
    template.roles.user.includes('<|start_header_id|>') && template.systemTemplate.includes('{system_message}');
  // Llama 3 has the same turns, but neither the token nor the training.
  if (!isLlama3 || !tokenizer.hasToken('<|python_tag|>')) return null;
  const around = (toolName: string) => ({ begin: `{"name": "${toolName}", "parameters": `, end: '}' });
  return {
    describe: (tools) => [
      control('Environment: ipython\n\nYou can call these functions where they help to answer:\n\n'),
      plain(tools.map(toolJson).join('\n\n')),
      control(
        '\n\nTo call one, answer with nothing but JSON of this form: ' +
          '{"name": function name, "parameters": dictionary of argument name and its value}. Do not use variables. ' +
          'Where you are given a result, use it to answer.',
      ),
    ],
    around,
    call({ name, arguments: text }) {
      const { begin, end } = around(name);
      return [plain(begin + text + end)];
    },
    result: (text) => [plain(text)],
    resultRole: template.roles.tool ?? RESULT_ROLE,
    sharesTurn: false,
    opening: '{',
    isWholeAnswer: true,
    thinks: false,
  };
}
