import type { OpenAiModel } from './backend.ts';

/** A model in OpenAI's form, with what this network can say of it besides. */
export function describeModel({
  id,
  title,
  manifest,
  kind,
  contextLimit,
  maxTokens,
  vision,
  tools,
}: OpenAiModel): object {
  return {
    id,
    object: 'model',
    // Nobody knows when a model was made that others serve; clients want a number.
    created: 0,
    owned_by: 'weft',
    weft: { title, manifest, kind, context_tokens: contextLimit, max_answer_tokens: maxTokens, vision, tools },
  };
}
