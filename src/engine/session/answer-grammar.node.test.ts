import type * as Xgrammar from '@mlc-ai/web-xgrammar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_SCHEMA_CHARS } from '../../protocol/answer-format.ts';
import { createGrammarOpener } from './answer-grammar.ts';
import type { AnswerForm, GrammarOpener } from './answer-grammar.ts';
import { answerSchemaOf } from './answer-schema.ts';
import { importXgrammar } from './xgrammar.node.fixture.ts';

const END = 256;
const VOCAB_SIZE = 257;
const badInput = expect.objectContaining({ code: 'engine/bad-input' }) as Error;

const formOf = (schema: unknown): AnswerForm => ({
  format: { type: 'json-schema', schema: typeof schema === 'string' ? schema : JSON.stringify(schema) },
  tools: null,
});

/** `open` over every byte as a token, and how many instances of the compiler it took. */
function openerOf(importing = importXgrammar) {
  const count = vi.fn(importing);
  const tokenizer = { bytesOf: (id: number) => Uint8Array.from(id === END ? [] : [id]) };
  const opener = createGrammarOpener(
    { tokenizer, vocabSize: VOCAB_SIZE, stopTokenIds: [END] },
    { importXgrammar: count },
  );
  return { opener, count };
}

/** Writes the text as an answer does, token by token. Rejects where the form does not allow the next one. */
async function write(opener: GrammarOpener, schema: unknown, text: string): Promise<void> {
  const grammar = await opener.open(formOf(schema), '');
  const logits = new Float32Array(VOCAB_SIZE);
  for (const id of [...new TextEncoder().encode(text), END]) {
    if ((await grammar.mask(logits))[id] !== 0) throw new Error(`Token ${id} is not allowed.`);
    grammar.accept(id);
  }
  grammar.dispose();
}

/** Schemas within one another, `depth` of them. */
function nested(depth: number, innermost: object = { type: 'string' }): object {
  let schema = innermost;
  for (let at = 1; at < depth; at++) schema = { type: 'array', items: schema };
  return schema;
}

beforeEach(() => {
  // The compiler tells why it ends on the console.
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

const PERSON = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Person',
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 20 },
    age: { type: 'integer', minimum: 0, maximum: 99 },
    mail: { type: ['string', 'null'], pattern: String.raw`^[\w.-]+@[a-z]+\.(?:org|net)$` },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 2 },
    knows: { $ref: '#/$defs/knows' },
  },
  required: ['name', 'age'],
  additionalProperties: false,
  $defs: { knows: { type: 'array', items: { $ref: '#' } } },
};

describe('a schema of an answer', () => {
  it('that the compiler reads shapes the answer, itself within itself too', async () => {
    const { opener, count } = openerOf();
    await write(opener, PERSON, '{"name": "Ada", "age": 36, "tags": ["a"], "knows": [{"name": "B", "age": 7}]}');
    await expect(write(opener, PERSON, '{"age": 36}')).rejects.toThrow('not allowed');
    await expect(write(opener, PERSON, '{"name": "Ada", "age": 100}')).rejects.toThrow('not allowed');
    await write(opener, true, '[1]');
    expect(count).toHaveBeenCalledTimes(1);
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ['that is no JSON', '{"type":', 'it is not JSON'],
    ['that is no object', 5, 'a schema is an object'],
    ['that nothing fits', false, 'nothing can fit it'],
    ['of an unknown type', { type: 'text' }, '"type"'],
    ['of no type', { type: [] }, '"type"'],
    ['without a choice', { properties: { a: { enum: [] } } }, 'at properties/a: "enum"'],
    ['without an alternative', { anyOf: [] }, '"anyOf" lists no schemas'],
    ['with items that are none', { type: 'array', items: 5 }, 'at items: a schema is an object'],
    ['with a list of items', { type: 'array', items: [{}] }, 'a schema is an object'],
    ['with properties that are none', { type: 'object', properties: [] }, '"properties" is not an object'],
    ['with one required name', { type: 'object', required: 'a' }, '"required"'],
    ['with half a length', { type: 'string', minLength: 1.5 }, '"minLength"'],
    ['with a length below none', { type: 'string', minLength: -1 }, '"minLength"'],
    ['with a text for a length', { type: 'string', minLength: '5' }, '"minLength"'],
    ['with a huge length', { type: 'string', maxLength: 1e6 }, '"maxLength"'],
    ['with no length between', { type: 'string', minLength: 9, maxLength: 1 }, '"minLength" is more'],
    ['with no number between', { type: 'integer', minimum: 5, maximum: 1 }, 'no number lies'],
    ['with no whole number between', { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 }, 'no number lies'],
    ['with an exclusive bound of old', { type: 'integer', minimum: 1, exclusiveMinimum: true }, 'minimum'],
    ['with a bound beyond whole numbers', { type: 'integer', maximum: 1e30 }, 'maximum'],
    ['with a broken pattern', { type: 'string', pattern: '(' }, '"pattern" is not a regular expression'],
    ['with look-around', { type: 'string', pattern: 'a(?!b)' }, '"(?!"'],
    ['with a boundary', { type: 'string', pattern: String.raw`\bword` }, '"\\b"'],
    ['with a reference in a pattern', { type: 'string', pattern: String.raw`(a)\1` }, '"\\1"'],
    ['with an empty set', { type: 'string', pattern: 'a[]' }, '"[]"'],
    ['with a long repetition', { type: 'string', pattern: 'a{100000}' }, 'repeats'],
    ['with a broken pattern of names', { type: 'object', patternProperties: { '(': {} } }, '"patternProperties"'],
    ['with a name in quotes', { properties: { 'a"b': {} } }, 'name'],
    ['with half a character', { const: '\ud800' }, 'broken characters'],
    ['with a negation', { not: { type: 'string' } }, '"not" cannot be kept to'],
    ['with several parts at once', { allOf: [{ type: 'string' }, { maxLength: 3 }] }, '"allOf"'],
    ['with parts beside a reference', { $ref: '#/$defs/a', maxLength: 3, $defs: { a: {} } }, 'beside'],
    ['that refers to another document', { $ref: 'https://example.org/schema' }, '"$ref" leads to nothing'],
    ['that refers to nothing', { $ref: '#/$defs/a' }, '"$ref" leads to nothing'],
    ['that refers to a list', { $ref: '#/a/0', a: [{}] }, '"$ref" leads to nothing'],
    ['that is itself', { $ref: '#' }, 'leads back to itself'],
    ['that is itself or a text', { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, {}] } } }, 'back'],
    ['that is too deep', nested(25), 'nested more than 24 deep'],
    ['with very many brackets', `{"const":${'['.repeat(1000)}${']'.repeat(1000)}}`, 'nested more than'],
  ];

  it.each(refused)('%s is refused with its place, and no compiler is asked', async (_what, schema, words) => {
    const { opener, count } = openerOf();
    await expect(opener.open(formOf(schema), '')).rejects.toThrow(badInput);
    await expect(opener.open(formOf(schema), '')).rejects.toThrow(words);
    expect(count).not.toHaveBeenCalled();
  });

  it('that many references lead through is judged without going every way', () => {
    const $defs: Record<string, object> = { d20: {} };
    for (let at = 0; at < 20; at++) $defs[`d${at}`] = { anyOf: Array(8).fill({ $ref: `#/$defs/d${at + 1}` }) };
    expect(() => answerSchemaOf(JSON.stringify({ $ref: '#/$defs/d0', $defs }))).toThrow('nested more than 24');
  });

  it('at the bounds is read by the compiler', async () => {
    const { opener, count } = openerOf();
    const properties = Object.fromEntries(Array.from({ length: 128 }, (_, at) => [`p${at}`, { type: 'string' }]));
    let objects: object = { type: 'string' };
    for (let at = 1; at < 24; at++)
      objects = { type: 'object', properties: { a: objects, b: { type: 'integer', minimum: 0, maximum: 99 } } };
    const $defs: Record<string, object> = { d10: { type: 'string' } };
    for (let at = 0; at < 10; at++) $defs[`d${at}`] = { type: 'array', items: { $ref: `#/$defs/d${at + 1}` } };
    const bounds = [
      nested(24),
      objects,
      { $ref: '#/$defs/d0', $defs },
      { type: 'object', properties },
      { type: 'string', maxLength: 10_000 },
      { type: 'array', items: { type: 'string' }, minItems: 10_000 },
      { type: 'string', pattern: '^.{0,1000}$' },
      { enum: Array.from({ length: 2_500 }, (_, at) => at) },
      { const: 'x'.repeat(MAX_SCHEMA_CHARS - 12) },
    ];
    for (const schema of bounds) (await opener.open(formOf(schema), '')).dispose();
    expect(count).toHaveBeenCalledTimes(1);
  });
});

describe('a compiler that broke', () => {
  /** By what no check let through: each leaves some of its stack behind. */
  const breakIt = async ({ Grammar }: typeof Xgrammar) => {
    const bad = JSON.stringify(nested(20, { type: 'text' }));
    for (let at = 0; at < 8; at++) await expect(Grammar.fromJSONSchema(bad)).rejects.toThrow();
  };

  it('stays broken: what it read before it reads no more, and a new one does', async () => {
    const good = JSON.stringify({ type: 'string' });
    const { Grammar } = await importXgrammar();
    (await Grammar.fromJSONSchema(good)).dispose();
    await breakIt({ Grammar } as typeof Xgrammar);
    await expect(Grammar.fromJSONSchema(good)).rejects.toThrow();
    const another = await importXgrammar();
    (await another.Grammar.fromJSONSchema(good)).dispose();
  });

  it('is replaced, and the same answer is written by a new one', async () => {
    const instances: (typeof Xgrammar)[] = [];
    const { opener, count } = openerOf(async () => {
      const instance = await importXgrammar();
      instances.push(instance);
      return instance;
    });
    await write(opener, PERSON, '{"name": "Ada", "age": 36}');
    await breakIt(instances[0]!);
    await write(opener, nested(24), `${'['.repeat(23)}"deep"${']'.repeat(23)}`);
    await write(opener, PERSON, '{"name": "Bob", "age": 1}');
    expect(count).toHaveBeenCalledTimes(2);
  });

  it('by the form itself says so, and the next answer is written', async () => {
    const { opener } = openerOf();
    // No check stands before the grammar of a tool's own text: a name that ends the text around it.
    const around = () => ({ begin: '\ud800', end: '' });
    const dialect = { opening: '{', around, thinks: false, isWholeAnswer: true };
    const tools = { dialect, tools: [{ name: 'a', description: '', parameters: '{}' }], isRequired: true };
    await expect(opener.open({ format: null, tools: tools as never }, '')).rejects.toThrow(badInput);
    await write(opener, PERSON, '{"name": "Ada", "age": 36}');
  });

  it('is replaced after 64 forms, which it would keep for ever', async () => {
    const { opener, count } = openerOf();
    for (let at = 0; at <= 64; at++) (await opener.open(formOf({ const: at }), '')).dispose();
    expect(count).toHaveBeenCalledTimes(2);
  });
});
