/** A JSON schema of what a grammar is built from. */
export type PlainSchema = Readonly<Record<string, unknown>>;

const TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'];
/** Alternatives and properties of one part; more are left to the model. */
const MAX_PARTS = 256;

/**
 * The parts of a tool's schema that shape its JSON: types, properties, items, choices. The rest (patterns, bounds,
 * references) is told to the model and not enforced: a schema from outside that the compiler stumbles over ends it for
 * good. The outermost part is an object always.
 */
export function plainSchemaOf(schema: unknown): PlainSchema {
  const part = plainPart(schema);
  return part['type'] === 'object' ? part : { type: 'object' };
}

function plainPart(schema: unknown): PlainSchema {
  if (!isRecord(schema)) return {};
  const { enum: choices, const: only, anyOf, type } = schema;
  if (only !== undefined) return { const: only };
  if (Array.isArray(choices) && choices.length > 0 && choices.length <= MAX_PARTS) return { enum: choices };
  if (Array.isArray(anyOf) && anyOf.length > 0 && anyOf.length <= MAX_PARTS) return { anyOf: anyOf.map(plainPart) };
  if (Array.isArray(type)) {
    const types = type.filter((one) => TYPES.includes(one));
    return types.length === 0 ? {} : { anyOf: types.map((one) => plainPart({ ...schema, type: one as unknown })) };
  }
  if (type === 'object' || (type === undefined && isRecord(schema['properties']))) return plainObject(schema);
  if (type === 'array') return { type, ...(isRecord(schema['items']) ? { items: plainPart(schema['items']) } : {}) };
  return TYPES.includes(type) ? { type } : {};
}

function plainObject(schema: Readonly<Record<string, unknown>>): PlainSchema {
  const { properties, required } = schema;
  // Without properties anything fits: the model knows what it was told.
  if (!isRecord(properties) || Object.keys(properties).length > MAX_PARTS) return { type: 'object' };
  const names = Object.keys(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, plainPart(properties[name])])),
    required: Array.isArray(required) ? names.filter((name) => required.includes(name)) : [],
    additionalProperties: false,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
