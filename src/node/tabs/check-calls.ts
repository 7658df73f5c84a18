import * as v from 'valibot';
import type { EngineContract } from '../../engine/contract.ts';
import type { GenerateRequest, ModelRef } from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';

const modelRefSchema = v.object({
  id: v.pipe(v.string(), v.maxLength(200)),
  baseUrl: v.pipe(v.string(), v.url(), v.maxLength(2_000)),
});

const text = v.pipe(v.string(), v.maxLength(1_000_000));
const requestSchema = v.object({
  turns: v.pipe(
    v.array(v.object({ role: v.picklist(['system', 'user', 'assistant']), content: text })),
    v.minLength(1),
    v.maxLength(20_000),
  ),
  answerPrefix: text,
  sampling: v.object({
    temperature: v.number(),
    topP: v.number(),
    topK: v.number(),
    maxTokens: v.number(),
    seed: v.nullable(v.number()),
    stop: v.pipe(v.array(v.string()), v.maxLength(4)),
  }),
});

const auditSchema = v.object({ ids: v.instance(Uint32Array), positions: v.instance(Uint32Array) });

/** What a tab of another build may have sent. Throws channel/bad-frame. */
export const checkModelRef = (value: unknown): ModelRef => checked(modelRefSchema, value, 'load');
export const checkRequest = (value: unknown): GenerateRequest => checked(requestSchema, value, 'generate');
export const checkAudit = (value: unknown): EngineContract['audit']['args'] => checked(auditSchema, value, 'audit');

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
