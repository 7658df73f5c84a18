import * as v from 'valibot';
import { MAX_TURNS } from '../protocol/prompt-request.ts';
import { chatOnlyEntries, maybe, samplingEntries, textField } from './fields.ts';

const textPart = v.object({ type: v.literal('text'), text: textField });
const imagePart = v.object({ type: v.literal('image_url'), image_url: v.object({ url: v.string() }) });
const refusalPart = v.object({ type: v.literal('refusal'), refusal: textField });

/** Text alone, or parts; told apart first, so that what is wrong in a part is named. */
const contentOf = <Part extends v.GenericSchema>(part: Part) =>
  v.lazy((input): v.GenericSchema<unknown, string | v.InferOutput<Part>[]> =>
    Array.isArray(input) ? v.array(part) : textField,
  );
const textContent = contentOf(textPart);

const call = v.object({
  id: v.string(),
  type: v.literal('function', 'must be "function": other calls are not known here'),
  function: v.object({ name: v.string(), arguments: v.string() }),
});

/** What else a turn holds (names, annotations of an answer) is not told to the model. */
const message = v.variant('role', [
  v.object({ role: v.literal('system'), content: textContent }),
  v.object({ role: v.literal('developer'), content: textContent }),
  v.object({ role: v.literal('user'), content: contentOf(v.variant('type', [textPart, imagePart])) }),
  v.object({
    role: v.literal('assistant'),
    content: maybe(contentOf(v.variant('type', [textPart, refusalPart]))),
    tool_calls: maybe(v.array(call)),
  }),
  v.object({ role: v.literal('tool'), content: textContent, tool_call_id: v.string() }),
]);

const tool = v.object({
  type: v.literal('function', 'must be "function": other tools are not known here'),
  function: v.object({
    name: v.string(),
    description: maybe(v.string()),
    parameters: maybe(v.record(v.string(), v.unknown())),
    /** Types, properties and items are always kept to; see docs/gateway.md. */
    strict: maybe(v.boolean()),
  }),
});

const named = v.object({
  type: v.literal('function', 'must be "function"'),
  function: v.object({ name: v.string() }),
});

const responseFormat = v.variant('type', [
  v.object({ type: v.literal('text') }),
  v.object({ type: v.literal('json_object') }),
  v.object({ type: v.literal('json_schema'), json_schema: v.object({ schema: v.record(v.string(), v.unknown()) }) }),
]);

/** `POST /v1/chat/completions`. */
export const chatRequestSchema = v.strictObject({
  ...samplingEntries,
  ...chatOnlyEntries,
  messages: v.pipe(
    v.array(message),
    v.minLength(1, 'must hold a message'),
    v.maxLength(MAX_TURNS, `holds at most ${MAX_TURNS} messages`),
  ),
  tools: maybe(v.array(tool)),
  tool_choice: maybe(
    v.lazy((input) =>
      typeof input === 'string'
        ? v.picklist(['auto', 'none', 'required'], 'must be auto, none, required or a function')
        : named,
    ),
  ),
  response_format: maybe(responseFormat),
});

export type ChatRequest = v.InferOutput<typeof chatRequestSchema>;
export type ChatRequestMessage = ChatRequest['messages'][number];
