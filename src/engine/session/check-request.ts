import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { hashField } from '../../protocol/mesh/fields.ts';
import { promptRequestEntries, promptRequestSchema } from '../../protocol/prompt-request.ts';
import type { EmbedRequest, EncodePromptRequest, GenerateRequest } from '../engine.ts';
import { MAX_EMBED_CHARS, MAX_EMBED_INPUTS } from './constants.ts';

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
const job = v.object({ jobId: hashField, nonce: hashField, promptHash: hashField });
const schema = v.object({ model, ...promptRequestEntries, job: v.exactOptional(job) });

/** A request as the engine takes it. Throws engine/bad-input with what is out of range. */
export function checkRequest(request: unknown): GenerateRequest {
  return checked(schema, request);
}

const bytes = v.instance<typeof Uint8Array<ArrayBuffer>>(Uint8Array);
const encodeSchema = v.object({
  manifest: hashField,
  kit: v.object({ tokenizer: bytes, chatConfig: bytes, digests: bytes }),
  request: promptRequestSchema,
});

/** A request for the tokens of a prompt as the engine takes it. Throws engine/bad-input with what is out of range. */
export function checkEncodePrompt(request: unknown): EncodePromptRequest {
  return checked(encodeSchema, request);
}

function checked<Schema extends v.GenericSchema>(schema: Schema, request: unknown): v.InferOutput<Schema> {
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
