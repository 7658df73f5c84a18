import * as v from 'valibot';
import type {
  AuditRequest,
  EmbedRequest,
  EncodePromptRequest,
  ForwardRequest,
  GenerateRequest,
  ModelRef,
} from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';
import { hashField } from '../../protocol/mesh/fields.ts';
import { promptRequestEntries, promptRequestSchema } from '../../protocol/prompt-request.ts';

const url = v.pipe(v.string(), v.url(), v.maxLength(2_000));
const modelRefSchema = v.object({
  id: v.pipe(v.string(), v.maxLength(200)),
  baseUrl: url,
  libraryUrl: v.nullable(url),
  runtime: v.picklist(['auto', 'builtin', 'webllm']),
  contextLimit: v.nullable(v.number()),
  layers: v.exactOptional(v.object({ from: v.number(), to: v.number() })),
});

const text = v.pipe(v.string(), v.maxLength(1_000_000));
const jobSchema = v.object({ jobId: hashField, nonce: hashField, promptHash: hashField });
const requestSchema = v.object({ model: modelRefSchema, ...promptRequestEntries, job: v.exactOptional(jobSchema) });

const bytes = v.instance<typeof Uint8Array<ArrayBuffer>>(Uint8Array);
const encodeSchema = v.object({
  manifest: hashField,
  kit: v.object({ tokenizer: bytes, chatConfig: bytes, digests: bytes }),
  request: promptRequestSchema,
});

const auditSchema = v.object({
  model: modelRefSchema,
  ids: v.instance(Uint32Array),
  positions: v.instance(Uint32Array),
});

const forwardSchema = v.object({
  model: modelRefSchema,
  keep: v.number(),
  input: v.union([v.instance(Uint32Array), v.instance(Float32Array)]),
});

const embedSchema = v.object({
  model: modelRefSchema,
  inputs: v.pipe(v.array(text), v.minLength(1), v.maxLength(256)),
});

/** What a tab of another build may have sent. Throws channel/bad-frame. */
export const checkModelRef = (value: unknown): ModelRef => checked(modelRefSchema, value, 'load');
export const checkRequest = (value: unknown): GenerateRequest => checked(requestSchema, value, 'generate');
export const checkAudit = (value: unknown): AuditRequest => checked(auditSchema, value, 'audit');
export const checkEmbed = (value: unknown): EmbedRequest => checked(embedSchema, value, 'embed');
export const checkEncodePrompt = (value: unknown): EncodePromptRequest => checked(encodeSchema, value, 'encodePrompt');
export const checkForward = (value: unknown): ForwardRequest => checked(forwardSchema, value, 'forward');

function checked<S extends v.GenericSchema>(schema: S, value: unknown, method: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new WeftError(
    'channel/bad-frame',
    `Another tab called "${method}" with something else: ${result.issues[0].message}.`,
    {
      hints: ['Reload all tabs of Weft, so that they run the same version.'],
    },
  );
}
