import * as v from 'valibot';

/** Characters of a JSON schema. */
export const MAX_SCHEMA_CHARS = 20_000;

/** The form of an answer: any JSON, or JSON of a schema (its text, JSON Schema). */
export const answerFormatSchema = v.variant('type', [
  v.object({ type: v.literal('json') }),
  v.object({ type: v.literal('json-schema'), schema: v.pipe(v.string(), v.maxLength(MAX_SCHEMA_CHARS)) }),
]);

export type AnswerFormat = v.InferOutput<typeof answerFormatSchema>;
