import * as v from 'valibot';
import { answerFormatSchema } from '../protocol/answer-format.ts';
import { imageShape, MAX_IMAGES_PER_TURN } from '../protocol/chat-image.ts';
import { SIGNATURE_BYTES } from '../protocol/eip712/constants.ts';
import { ERROR_CODES } from '../protocol/errors.ts';
import { RECEIPT_BYTES } from '../protocol/par1/constants.ts';
import { MAX_TOOL_CALLS, MAX_TOOLS, toolCallSchema } from '../protocol/tools.ts';
import { addressField, hashField } from '../protocol/mesh/fields.ts';
import { offerSchema, offerToWire } from '../protocol/mesh/job.ts';
import type { Conversation, Message } from './schema.ts';
import {
  LAST_TIME_MS,
  MAX_ERROR_CHARS,
  MAX_ERROR_HINTS,
  MAX_ID_CHARS,
  MAX_RESULT_CHARS,
  MAX_ROUNDS,
  MAX_IMAGE_NAME_CHARS,
  MAX_TEXT_CHARS,
  MAX_TITLE_CHARS,
} from './constants.ts';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID_CHARS));
const timeMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LAST_TIME_MS));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const hexOf = (sizeBytes: number) =>
  v.pipe(
    v.string(),
    v.regex(new RegExp(`^0x[0-9a-f]{${2 * sizeBytes}}$`)),
    v.transform((hex) => hex as `0x${string}`),
  );
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT_CHARS));

/** Some of the sampling settings; what is absent follows the model. */
const samplingSchema = v.object({
  temperature: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
  topP: v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  topK: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32))),
  maxTokens: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
  seed: v.exactOptional(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))),
  stop: v.exactOptional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(64))), v.maxLength(4))),
});

/** Settings of one chat as they are stored, imported and saved from the page. */
export const chatSettingsSchema = v.object({
  systemPrompt: v.nullable(text),
  sampling: samplingSchema,
  format: v.exactOptional(answerFormatSchema),
  // Names of another version are kept, and offer nothing.
  tools: v.exactOptional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(MAX_ID_CHARS))), v.maxLength(MAX_TOOLS))),
});

const answeredCallSchema = v.object({
  ...toolCallSchema.entries,
  result: v.pipe(v.string(), v.maxLength(MAX_RESULT_CHARS)),
  hasFailed: v.boolean(),
});

const roundSchema = v.object({
  text,
  calls: v.pipe(v.array(answeredCallSchema), v.minLength(1), v.maxLength(MAX_TOOL_CALLS)),
});

/** A conversation as it is stored. */
const conversationSchema = v.object({
  id,
  title: v.pipe(v.string(), v.maxLength(MAX_TITLE_CHARS)),
  titleSource: v.picklist(['auto', 'user']),
  createdAtMs: timeMs,
  updatedAtMs: timeMs,
  pinned: v.boolean(),
  archived: v.boolean(),
  deletedAtMs: v.nullable(timeMs),
  leafId: v.nullable(id),
  modelId: v.nullable(v.pipe(v.string(), v.maxLength(200))),
  settings: chatSettingsSchema,
  draft: text,
});

const wireErrorSchema = v.object({
  // A code of another version is kept as an internal failure with its text.
  code: v.fallback(v.picklist(ERROR_CODES), 'app/internal'),
  message: v.pipe(v.string(), v.maxLength(MAX_ERROR_CHARS)),
  hints: v.pipe(v.array(v.pipe(v.string(), v.maxLength(MAX_ERROR_CHARS))), v.maxLength(MAX_ERROR_HINTS)),
  retryable: v.boolean(),
});

const statsSchema = v.object({
  promptTokens: count,
  cachedTokens: count,
  completionTokens: count,
  timeToFirstTokenMs: amount,
  decodeTokensPerSecond: amount,
  contextTokens: count,
  contextLimit: count,
});

const leaves = { leafCount: count, root: hashField, seed: hashField };
const commitmentSchema = v.union([
  v.object({
    ...leaves,
    manifest: hashField,
    promptHash: hashField,
    outputHash: hashField,
    params: v.object({ temperatureQ: count, topPBps: count, topK: count }),
  }),
  v.object(leaves),
]);

const pathSchema = v.picklist(['direct', 'relayed', 'relay']);
const servedBySchema = v.object({
  address: addressField,
  path: pathSchema,
  proof: v.nullable(
    v.object({
      provider: addressField,
      path: pathSchema,
      offer: v.pipe(offerSchema, v.transform(offerToWire)),
      offerSignature: hexOf(SIGNATURE_BYTES),
      receipt: hexOf(RECEIPT_BYTES),
      receiptSignature: hexOf(SIGNATURE_BYTES),
    }),
  ),
});

/** A message as it is stored. */
const messageSchema = v.object({
  id,
  conversationId: id,
  parentId: v.nullable(id),
  role: v.picklist(['user', 'assistant']),
  text,
  rounds: v.exactOptional(v.pipe(v.array(roundSchema), v.minLength(1), v.maxLength(MAX_ROUNDS))),
  images: v.exactOptional(
    v.pipe(
      v.array(
        v.object({
          ...imageShape,
          sha256: hashField,
          name: v.pipe(v.string(), v.maxLength(MAX_IMAGE_NAME_CHARS)),
        }),
      ),
      v.maxLength(MAX_IMAGES_PER_TURN),
    ),
  ),
  createdAtMs: timeMs,
  state: v.picklist(['complete', 'writing', 'stopped', 'interrupted', 'failed']),
  error: v.nullable(wireErrorSchema),
  finish: v.nullable(v.picklist(['stop', 'length', 'context', 'aborted'])),
  stats: v.nullable(statsSchema),
  commitment: v.nullable(commitmentSchema),
  servedBy: v.exactOptional(servedBySchema),
  modelId: v.nullable(v.pipe(v.string(), v.maxLength(200))),
});

/** A record that was read: checked, or why it is not one. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export function checkConversation(value: unknown): Checked<Conversation> {
  return toChecked(v.safeParse(conversationSchema, value));
}

export function checkMessage(value: unknown): Checked<Message> {
  return toChecked(v.safeParse(messageSchema, value));
}

function toChecked<T>(
  result: { success: true; output: T } | { success: false; issues: readonly v.BaseIssue<unknown>[] },
): Checked<T> {
  if (result.success) return { ok: true, value: result.output };
  const issue = result.issues[0]!;
  const path = issue.path?.map((item) => String(item.key)).join('.') ?? '';
  return { ok: false, reason: `${path === '' ? 'the record' : path}: ${issue.message}` };
}
