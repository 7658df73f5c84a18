import { samplingParams } from '../../protocol/par1/params.ts';
import type { SamplingParams } from '../../protocol/par1/params.ts';
import type { PromptRequest } from '../../protocol/prompt-request.ts';
import type { AnswerForm } from './answer-grammar.ts';
import type { ChatEncoder } from './chat-encoder.ts';
import type { ToolDialect } from './tool-dialect.ts';
import { toolUseOf } from './tool-use.ts';
import { createPromptImages } from './vision.ts';
import type { PromptImage, Vision } from './vision.ts';

/** Largest nucleus where an answer has a form, in hundredths of a percent. */
const FORM_TOP_P_BPS = 9_990;

/** What a request comes to, on a node that answers it and on one that orders the answer. */
export interface PlannedPrompt {
  readonly ids: readonly number[];
  /** What ids of pictures stand for. */
  readonly images: readonly PromptImage[];
  /** Null: free text. */
  readonly form: AnswerForm | null;
  readonly params: SamplingParams;
}

export interface PlanPromptDeps {
  readonly encode: ChatEncoder;
  /** How the model calls tools; null: not at all. */
  readonly dialect: ToolDialect | null;
  /** Null where the model does not see pictures. */
  readonly vision: Pick<Vision, 'positionsOf' | 'after'> | null;
}

/** Throws engine/bad-input, model/no-vision, engine/limits. */
export function planPrompt(request: PromptRequest, { encode, dialect, vision }: PlanPromptDeps): PlannedPrompt {
  const { answerPrefix, format = null } = request;
  const tools = toolUseOf(request, dialect);
  const images = createPromptImages(vision);
  const told = tools === null ? [] : request.tools;
  const ids = encode(request.turns, answerPrefix, told, images);
  const params = samplingParams(request.sampling);
  const form = format === null && tools === null ? null : { format, tools };
  return {
    ids,
    images: images.placed,
    form,
    // What a form forbids lies below every nucleus but the whole.
    params: form === null ? params : { ...params, topPBps: Math.min(params.topPBps, FORM_TOP_P_BPS) },
  };
}
