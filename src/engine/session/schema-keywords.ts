import { patternProblem } from './schema-pattern.ts';

/** One object of a JSON schema. */
export type SchemaPart = Readonly<Record<string, unknown>>;

/** Of one object: what it takes to let any of them be left out grows with their square. */
const MAX_PROPERTIES = 128;
/** Characters, items and properties that a schema may count. */
const MAX_COUNT = 10_000;

const TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'];
/** What the compiler passes over: an answer would be called right and be wrong. */
const NOT_KEPT = [
  'not',
  'if',
  'then',
  'else',
  'contains',
  'minContains',
  'maxContains',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'multipleOf',
  'uniqueItems',
  'additionalItems',
  '$dynamicRef',
  '$recursiveRef',
];
const COUNTS = [
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
] as const;

/** Where one of these stands, the compiler reads it and nothing beside it. */
const ALONE = ['$ref', 'const', 'enum', 'anyOf', 'oneOf', 'allOf'];
const SHAPING = [
  ...ALONE,
  ...COUNTS.flat(),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'pattern', 'items', 'prefixItems'],
  ...['properties', 'patternProperties', 'additionalProperties', 'required', 'propertyNames'],
];

export function isSchemaPart(value: unknown): value is SchemaPart {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Why the compiler would end at one object of a schema, or not keep to it, as a sentence without an end; null where it
 * reads it. What is within is not looked at.
 */
export function keywordProblem(part: SchemaPart): string | null {
  const unkept = NOT_KEPT.find((key) => part[key] !== undefined && part[key] !== false);
  if (unkept !== undefined) return `"${unkept}" cannot be kept to`;
  const alone = ALONE.find((key) => part[key] !== undefined);
  const beside = alone === undefined ? undefined : SHAPING.find((key) => key !== alone && part[key] !== undefined);
  if (beside !== undefined) return `"${beside}" beside "${alone}" cannot be kept to`;
  const { type, format, enum: choices, required, properties, patternProperties, pattern } = part;
  const types = Array.isArray(type) ? (type as readonly unknown[]) : [type];
  if (type !== undefined && (types.length === 0 || !types.every((one) => TYPES.includes(one))))
    return '"type" is none of JSON';
  if (format !== undefined && typeof format !== 'string') return '"format" is not a name';
  if (choices !== undefined && (!Array.isArray(choices) || choices.length === 0)) return '"enum" lists nothing';
  if (required !== undefined && !isTexts(required)) return '"required" is not a list of names';
  return (
    countProblem(part) ??
    limitProblem(part) ??
    namesProblem(properties) ??
    (pattern === undefined ? null : told('pattern', patternProblem(pattern))) ??
    Object.keys(isSchemaPart(patternProperties) ? patternProperties : {})
      .map((name) => told('patternProperties', patternProblem(name)))
      .find((problem) => problem !== null) ??
    null
  );
}

function told(key: string, problem: string | null): string | null {
  return problem === null ? null : `"${key}" ${problem}`;
}

function countProblem(part: SchemaPart): string | null {
  for (const [least, most] of COUNTS) {
    for (const key of [least, most]) {
      const count = part[key];
      if (count === undefined) continue;
      if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > MAX_COUNT)
        return `"${key}" is not a whole number from 0 to ${MAX_COUNT}`;
    }
    if (Number(part[least] ?? 0) > Number(part[most] ?? MAX_COUNT)) return `"${least}" is more than "${most}"`;
  }
  return null;
}

function limitProblem(part: SchemaPart): string | null {
  const read = (key: string): number | null | undefined => {
    const value = part[key];
    if (value === undefined) return undefined;
    return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : null;
  };
  const from = [read('minimum'), read('exclusiveMinimum')];
  const to = [read('maximum'), read('exclusiveMaximum')];
  const bounds = [...from, ...to];
  if (bounds.includes(null)) return 'a minimum or maximum is not a number of up to 9007199254740991';
  const isNumber = (bound: number | null | undefined): bound is number => typeof bound === 'number';
  const least = Math.max(...from.filter(isNumber));
  const most = Math.min(...to.filter(isNumber));
  const isOpen = part['exclusiveMinimum'] === least || part['exclusiveMaximum'] === most;
  if (least > most || (isOpen && least === most)) return 'no number lies between its minimum and maximum';
  // Whole numbers between two bounds that are none.
  const isWhole = part['type'] === 'integer' || (Array.isArray(part['type']) && part['type'].includes('integer'));
  if (isWhole && bounds.some((bound) => isNumber(bound) && !Number.isInteger(bound)))
    return 'a minimum or maximum of whole numbers is not one';
  const isGap = part['exclusiveMinimum'] === least && part['exclusiveMaximum'] === most && most - least <= 1;
  return isWhole && isGap ? 'no number lies between its minimum and maximum' : null;
}

function namesProblem(properties: unknown): string | null {
  const names = isSchemaPart(properties) ? Object.keys(properties) : [];
  if (names.length > MAX_PROPERTIES) return `it has more than ${MAX_PROPERTIES} properties`;
  // The compiler writes names into its grammar as they are.
  const odd = names.find((name) => /["\\\p{Cc}]/u.test(name));
  return odd === undefined ? null : `the name ${JSON.stringify(odd)} of a property cannot be kept to`;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
