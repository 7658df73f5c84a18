import type { ToolDefinition } from '../../protocol/tools.ts';

/**
 * A definition as models were shown them: OpenAI's object on one line, with a space after commas and colons. No text in it
 * can be a tag: `<` is written as an escape where one could begin.
 */
export function toolJson({ name, description, parameters }: ToolDefinition): string {
  const definition = {
    type: 'function',
    function: { name, description, parameters: JSON.parse(parameters) as unknown },
  };
  // Line breaks of the indented form stand between parts only: those in strings are escapes.
  return JSON.stringify(definition, null, 1)
    .replaceAll(/,\n */gu, ', ')
    .replaceAll(/\n */gu, '')
    .replaceAll(/<(?=[/|\p{L}])/gu, '\\u003c');
}
