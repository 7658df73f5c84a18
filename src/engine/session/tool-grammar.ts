import type * as Xgrammar from '@mlc-ai/web-xgrammar';
import { MAX_SPACES } from './constants.ts';
import type { ToolUse } from './tool-use.ts';
import { plainSchemaOf } from './plain-schema.ts';

type Format = Xgrammar.StructuralTagFormat;

const NO_CALL: Format = {
  type: 'grammar',
  grammar: String.raw`root ::= "" | [^{] rest
rest ::= [\0-\U0010ffff]*`,
};
const SPACE: Format = { type: 'grammar', grammar: String.raw`root ::= [ \n]*` };

/**
 * What an answer that may call a tool looks like: text, then at most one call, whose arguments fit the tool's schema.
 * `otherwise` is the form of an answer without a call; null: any text.
 */
export async function toolStructure(
  { dialect, tools, isRequired }: ToolUse,
  otherwise: Xgrammar.Grammar | null,
  grammar: typeof Xgrammar.Grammar,
): Promise<Xgrammar.StructuralTag> {
  const tags = await Promise.all(
    tools.map(async ({ name, parameters }) => {
      const schema = JSON.stringify(plainSchemaOf(JSON.parse(parameters)));
      const made = await grammar.fromJSONSchema(schema, true, undefined, undefined, true, MAX_SPACES);
      const content: Format = { type: 'grammar', grammar: made.toString() };
      made.dispose();
      return { type: 'tag' as const, ...dialect.around(name), content };
    }),
  );
  const call: Format = { type: 'or', elements: tags };
  const afterThought = (): Format => {
    if (isRequired) return call;
    if (otherwise !== null) return { type: 'or', elements: [call, { type: 'grammar', grammar: otherwise.toString() }] };
    if (dialect.isWholeAnswer) return { type: 'or', elements: [call, NO_CALL] };
    return { type: 'triggered_tags', triggers: [dialect.opening], tags, stop_after_first: true };
  };
  const said = afterThought();
  if (!dialect.thinks) return { format: said };
  const thought: Format = { type: 'tag', begin: '<think>', content: { type: 'any_text' }, end: '</think>' };
  return { format: { type: 'or', elements: [{ type: 'sequence', elements: [thought, SPACE, said] }, said] } };
}
