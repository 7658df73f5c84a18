import * as v from 'valibot';
import { answerFormatSchema } from './answer-format.ts';
import type { AnswerFormat } from './answer-format.ts';
import type { ChatTurn, SamplingSettings } from './chat.ts';
import { chatImagesSchema } from './chat-image.ts';
import { toolChoiceSchema, toolsSchema, toolTurnEntries } from './tools.ts';
import type { ToolChoice, ToolDefinition } from './tools.ts';

/** Turns of one request, and characters of one turn. */
export const MAX_TURNS = 20_000;
export const MAX_TURN_CHARS = 1_000_000;
/** Texts that end an answer, and characters of one. */
export const MAX_STOP_TEXTS = 4;
export const MAX_STOP_CHARS = 64;
/** Tokens of one answer. */
const MAX_ANSWER_TOKENS = 1_048_576;

const text = v.pipe(v.string(), v.maxLength(MAX_TURN_CHARS));

/** See {@link SamplingSettings}. */
export const samplingSchema = v.object({
  temperature: v.pipe(v.number(), v.minValue(0), v.maxValue(2)),
  topP: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  topK: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32)),
  maxTokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_ANSWER_TOKENS)),
  seed: v.nullable(v.pipe(v.number(), v.safeInteger())),
  stop: v.pipe(v.array(v.pipe(v.string(), v.maxLength(MAX_STOP_CHARS))), v.maxLength(MAX_STOP_TEXTS)),
});

/** What is asked of a model, whichever it is and wherever it runs: between tabs, nodes, and at the gateway's door. */
export const promptRequestEntries = {
  /** In order; the last is the user's or a tool's. A leading system turn is optional. */
  turns: v.pipe(
    v.array(
      v.object({
        role: v.picklist(['system', 'user', 'assistant', 'tool']),
        content: text,
        images: v.exactOptional(chatImagesSchema),
        ...toolTurnEntries,
      }),
    ),
    v.minLength(1),
    v.maxLength(MAX_TURNS),
  ),
  /** Text of this answer that is already there (a continuation after an interruption). */
  answerPrefix: text,
  sampling: samplingSchema,
  /** Tokens that would break this form are not drawn. Absent: free text. */
  format: v.exactOptional(answerFormatSchema),
  /** What the model may call. */
  tools: v.exactOptional(toolsSchema),
  /** Absent: `auto`. */
  toolChoice: v.exactOptional(toolChoiceSchema),
};

export const promptRequestSchema = v.object(promptRequestEntries);

/** As {@link promptRequestEntries} checks it. */
export interface PromptRequest {
  readonly turns: readonly ChatTurn[];
  readonly answerPrefix: string;
  readonly sampling: SamplingSettings;
  readonly format?: AnswerFormat;
  readonly tools?: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
}
