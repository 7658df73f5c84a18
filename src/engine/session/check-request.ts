import * as v from 'valibot';
import { answerFormatSchema } from '../../protocol/answer-format.ts';
import { chatImagesSchema } from '../../protocol/chat-image.ts';
import { WeftError } from '../../protocol/errors.ts';
import { toolChoiceSchema, toolsSchema, toolTurnEntries } from '../../protocol/tools.ts';
import type { EmbedRequest, GenerateRequest } from '../engine.ts';
import {
  MAX_ANSWER_TOKENS,
  MAX_EMBED_CHARS,
  MAX_EMBED_INPUTS,
  MAX_STOP_CHARS,
  MAX_STOP_TEXTS,
  MAX_TURN_CHARS,
  MAX_TURNS,
} from './constants.ts';

const text = v.pipe(v.string(), v.maxLength(MAX_TURN_CHARS));
const url = v.pipe(v.string(), v.maxLength(2_000), v.url());
const model = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  baseUrl: url,
  libraryUrl: v.nullable(url),
  runtime: v.picklist(['auto', 'builtin', 'webllm']),
  contextLimit: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  // A part writes no answers.
  layers: v.exactOptional(v.never()),
});
const schema = v.object({
  model,
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
  answerPrefix: text,
  format: v.exactOptional(answerFormatSchema),
  tools: v.exactOptional(toolsSchema),
  toolChoice: v.exactOptional(toolChoiceSchema),
  sampling: v.object({
    temperature: v.pipe(v.number(), v.minValue(0), v.maxValue(2)),
    topP: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
    topK: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32)),
    maxTokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_ANSWER_TOKENS)),
    seed: v.nullable(v.pipe(v.number(), v.safeInteger())),
    stop: v.pipe(v.array(v.pipe(v.string(), v.maxLength(MAX_STOP_CHARS))), v.maxLength(MAX_STOP_TEXTS)),
  }),
});

/** A request as the engine takes it. Throws engine/bad-input with what is out of range. */
export function checkRequest(request: unknown): GenerateRequest {
  const parsed = v.safeParse(schema, request);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new WeftError(
    'engine/bad-input',
    `The settings of this answer are not usable at ${v.getDotPath(issue) ?? 'the request'}: ${issue.message}.`,
    { hints: ['Correct the value in the chat’s settings.'] },
  );
}

const embedSchema = v.object({
  model,
  inputs: v.pipe(
    v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_EMBED_CHARS))),
    v.minLength(1),
    v.maxLength(MAX_EMBED_INPUTS),
  ),
});

/** A request for vectors as the engine takes it. Throws engine/bad-input with what is out of range. */
export function checkEmbedRequest(request: unknown): EmbedRequest {
  const parsed = v.safeParse(embedSchema, request);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new WeftError(
    'engine/bad-input',
    `The texts cannot be turned into vectors: ${v.getDotPath(issue) ?? 'the request'}: ${issue.message}.`,
    { hints: [`Give 1 to ${MAX_EMBED_INPUTS} texts, none of them empty.`] },
  );
}
