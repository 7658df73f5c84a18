import * as v from 'valibot';
import { MAX_SCHEMA_CHARS } from './answer-format.ts';
import { nestingOf } from './json-nesting.ts';

/** Tools that a model is told of at once. */
export const MAX_TOOLS = 32;
/** Calls of one turn. */
export const MAX_TOOL_CALLS = 16;
/** Characters of one call's arguments. */
export const MAX_ARGUMENTS_CHARS = 100_000;
/** Characters of a tool's description. */
const MAX_DESCRIPTION_CHARS = 4_000;
const MAX_CALL_ID_CHARS = 100;
/** Brackets within brackets of a schema: what compiles it recurses. */
const MAX_SCHEMA_NESTING = 32;

/** A name cannot hold what would end the text around it. */
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/u));
const callId = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_CALL_ID_CHARS));

/** A function that a model may ask for. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object, as text. */
  readonly parameters: string;
}

/** What a model asks for. */
export interface ToolCall {
  /** Names the call where its result is told; unique in its conversation. */
  readonly id: string;
  readonly name: string;
  /** A JSON object, as the model wrote it. */
  readonly arguments: string;
}

/** `none`: the model is not told of any tool. `required` and a name: the answer is a call. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

const parameters = v.pipe(
  v.string(),
  v.maxLength(MAX_SCHEMA_CHARS),
  v.check((text) => nestingOf(text) <= MAX_SCHEMA_NESTING, `nested more than ${MAX_SCHEMA_NESTING} deep`),
  v.check(isJsonObject, 'not a JSON object'),
);

/** The tools of one request, checked. */
export const toolsSchema = v.pipe(
  v.array(v.object({ name, description: v.pipe(v.string(), v.maxLength(MAX_DESCRIPTION_CHARS)), parameters })),
  v.maxLength(MAX_TOOLS),
  v.check((tools) => new Set(tools.map((tool) => tool.name)).size === tools.length, 'two tools of one name'),
);

export const toolChoiceSchema = v.union([v.picklist(['auto', 'none', 'required']), v.object({ name })]);

/** A call as it is stored and sent; its arguments may be of a model that kept no form. */
export const toolCallSchema = v.object({
  id: callId,
  name,
  arguments: v.pipe(v.string(), v.maxLength(MAX_ARGUMENTS_CHARS)),
});

/** What a turn may say of tools besides its text. */
export const toolTurnEntries = {
  toolCalls: v.exactOptional(v.pipe(v.array(toolCallSchema), v.maxLength(MAX_TOOL_CALLS))),
  toolCallId: v.exactOptional(callId),
};

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
