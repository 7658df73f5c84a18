import * as v from 'valibot';
import type { PromptRequest } from '../protocol/prompt-request.ts';
import type { OpenAiModel } from './backend.ts';
import { checkPrompt } from './chat-prompt.ts';
import { COMPLETION_TOKENS } from './constants.ts';
import { completionOnlyEntries, samplingEntries, textField } from './fields.ts';
import { samplingOf } from './sampling-of.ts';

const prompt = v.pipe(textField, v.minLength(1, 'must not be empty'));

/** `POST /v1/completions`. */
export const completionRequestSchema = v.strictObject({
  ...samplingEntries,
  ...completionOnlyEntries,
  prompt: v.lazy((input) =>
    Array.isArray(input)
      ? v.pipe(
          v.array(v.custom<string>((item) => v.is(prompt, item), 'must be a text: ids of tokens are not taken')),
          v.length(1, 'holds one text: there is one answer to each request'),
          v.transform(([text]) => text!),
        )
      : prompt,
  ),
});

export type CompletionRequest = v.InferOutput<typeof completionRequestSchema>;

/** The text as one question: what models of this network were trained on are chats. */
export function promptOfCompletion(request: CompletionRequest, model: OpenAiModel): PromptRequest {
  return checkPrompt({
    turns: [{ role: 'user', content: request.prompt }],
    answerPrefix: '',
    sampling: samplingOf(request, model, request.max_tokens ?? COMPLETION_TOKENS),
  });
}
