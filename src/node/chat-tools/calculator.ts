import * as v from 'valibot';
import { badExpression } from './bad-expression.ts';
import type { ChatTool } from './chat-tool.ts';
import { evaluate } from './evaluate.ts';

const argsSchema = v.object({ expression: v.string() });

/** Computes what a model asks for. Nothing is run as code. */
export const calculator: ChatTool = {
  definition: {
    name: 'calculator',
    description: 'Computes an arithmetic expression, such as "(12.5 + 3) * 4 ^ 2" or "sqrt(2)".',
    parameters: JSON.stringify({
      type: 'object',
      properties: { expression: { type: 'string', description: 'Numbers with + - * / ^ % and brackets.' } },
      required: ['expression'],
    }),
  },
  run(args) {
    const parsed = v.safeParse(argsSchema, args);
    if (!parsed.success) throw badExpression('there is none');
    return String(evaluate(parsed.output.expression));
  },
};
