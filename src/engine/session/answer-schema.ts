import { WeftError } from '../../protocol/errors.ts';
import { nestingOf } from '../../protocol/json-nesting.ts';
import { isSchemaPart, keywordProblem } from './schema-keywords.ts';
import type { SchemaPart } from './schema-keywords.ts';

/** Schemas within schemas, references followed: the compiler recurses, on a small stack. */
const MAX_DEPTH = 24;
/** Brackets within brackets of the text. */
const MAX_NESTING = 96;

/** Keywords that hold schemas of the very value that they stand beside. */
const SAME_VALUE = ['anyOf', 'oneOf', 'allOf'] as const;
/** Keywords that hold one schema of something inside. */
const INSIDE = ['additionalProperties', 'unevaluatedProperties', 'items', 'unevaluatedItems', 'propertyNames'] as const;

/**
 * The JSON schema of an answer, as the compiler may read it. Throws engine/bad-input with the place and the keyword that
 * cannot be kept to: the compiler ends for good at what it does not expect.
 */
export function answerSchemaOf(text: string): string {
  if (nestingOf(text) > MAX_NESTING) throw unusable('', `it is nested more than ${MAX_NESTING} deep`);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw unusable('', 'it is not JSON', cause);
  }
  const json = JSON.stringify(root);
  // What JSON.stringify still escapes of these is half a character.
  if (/\\ud[89a-f]/u.test(json)) throw unusable('', 'it holds broken characters');
  walk({ root, done: new Map(), ending: new Set() }, root, '', []);
  return json;
}

interface Walk {
  readonly root: unknown;
  /** At which depth a schema was last looked at. */
  readonly done: Map<SchemaPart, number>;
  /** Those that do not lead back to themselves. */
  readonly ending: Set<SchemaPart>;
}

/** `around` are the schemas that this one is in or was referred to from, outermost first. */
function walk(walked: Walk, schema: unknown, at: string, around: readonly SchemaPart[]): void {
  if (schema === true) return;
  if (schema === false) throw unusable(at, 'nothing can fit it');
  if (!isSchemaPart(schema)) throw unusable(at, 'a schema is an object');
  if (around.includes(schema)) return;
  if (around.length >= MAX_DEPTH) throw unusable(at, `it is nested more than ${MAX_DEPTH} deep`);
  if ((walked.done.get(schema) ?? -1) >= around.length) return;
  walked.done.set(schema, around.length);

  const problem = keywordProblem(schema);
  if (problem !== null) throw unusable(at, problem);
  if (isLoop(walked, schema, [])) throw unusable(at, '"$ref" leads back to itself');
  const next = (part: unknown, place: string) => walk(walked, part, `${at}/${place}`, [...around, schema]);

  if (schema['$ref'] !== undefined) {
    const target = targetOf(walked.root, schema['$ref']);
    if (target === undefined) throw unusable(at, '"$ref" leads to nothing in the schema');
    next(target, '$ref');
  }
  for (const key of SAME_VALUE) {
    const parts = schema[key];
    if (parts === undefined) continue;
    if (!Array.isArray(parts) || parts.length === 0) throw unusable(at, `"${key}" lists no schemas`);
    if (key === 'allOf' && parts.length > 1) throw unusable(at, '"allOf" of several schemas cannot be kept to');
    parts.forEach((part, index) => next(part, `${key}/${index}`));
  }
  for (const key of INSIDE) {
    const part = schema[key];
    // Nothing else than what is named.
    if (part !== undefined && part !== false) next(part, key);
  }
  for (const key of ['properties', 'patternProperties'] as const) {
    const parts = schema[key];
    if (parts === undefined) continue;
    if (!isSchemaPart(parts)) throw unusable(at, `"${key}" is not an object`);
    for (const [name, part] of Object.entries(parts)) next(part, `${key}/${name}`);
  }
  const { prefixItems } = schema;
  if (prefixItems === undefined) return;
  if (!Array.isArray(prefixItems)) throw unusable(at, '"prefixItems" is not a list');
  prefixItems.forEach((part, index) => next(part, `prefixItems/${index}`));
}

/** Whether a value fits a schema only if it fits that same schema: a matcher would look for an end that is not there. */
function isLoop(walked: Walk, schema: unknown, from: readonly unknown[]): boolean {
  if (!isSchemaPart(schema) || walked.ending.has(schema)) return false;
  if (from.includes(schema)) return true;
  const beside = SAME_VALUE.flatMap((key): readonly unknown[] => (Array.isArray(schema[key]) ? schema[key] : []));
  const target = schema['$ref'] === undefined ? [] : [targetOf(walked.root, schema['$ref'])];
  if ([...beside, ...target].some((part) => isLoop(walked, part, [...from, schema]))) return true;
  walked.ending.add(schema);
  return false;
}

/** What a reference leads to; undefined where the compiler does not find it: it reads no escapes and enters no lists. */
function targetOf(root: unknown, $ref: unknown): unknown {
  if ($ref === '#') return root;
  if (typeof $ref !== 'string' || !$ref.startsWith('#/')) return undefined;
  let part = root;
  for (const name of $ref.slice(2).split('/')) {
    if (!isSchemaPart(part) || !Object.hasOwn(part, name)) return undefined;
    part = part[name];
  }
  return part;
}

function unusable(at: string, problem: string, cause?: unknown): WeftError {
  const place = at === '' ? '' : ` at ${at.slice(1, 200)}`;
  return new WeftError('engine/bad-input', `The JSON schema of this answer is not usable${place}: ${problem}.`, {
    hints: ['Correct the schema.'],
    ...(cause === undefined ? {} : { cause }),
  });
}
