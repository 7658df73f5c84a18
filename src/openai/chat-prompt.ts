import * as v from 'valibot';
import type { AnswerFormat } from '../protocol/answer-format.ts';
import { promptRequestSchema } from '../protocol/prompt-request.ts';
import type { PromptRequest } from '../protocol/prompt-request.ts';
import type { ToolChoice, ToolDefinition } from '../protocol/tools.ts';
import type { OpenAiModel } from './backend.ts';
import type { ChatRequest } from './chat-request.ts';
import { RequestError } from './request-error.ts';
import { samplingOf } from './sampling-of.ts';
import { turnsOfMessages } from './turns-of-messages.ts';

/** A chat request as this network asks it. Throws gateway/bad-request with the field that cannot be met. */
export function promptOfChat(request: ChatRequest, model: OpenAiModel): PromptRequest {
  const turns = turnsOfMessages(request.messages);
  if (!model.vision && turns.some(({ images = [] }) => images.length > 0)) {
    throw new RequestError(`The model ${model.id} does not see pictures.`, { param: 'messages' });
  }
  const tools = toolsOf(request);
  const toolChoice = toolChoiceOf(request, tools);
  if (tools.length > 0 && toolChoice !== 'none' && !model.tools) {
    throw new RequestError(`The model ${model.id} cannot call tools.`, { param: 'tools' });
  }
  const format = formatOf(request);
  const limits = [request.max_completion_tokens, request.max_tokens].filter((limit) => typeof limit === 'number');
  return checkPrompt({
    turns,
    answerPrefix: '',
    sampling: samplingOf(request, model, limits.length === 0 ? null : Math.min(...limits)),
    ...(format === null ? {} : { format }),
    ...(tools.length === 0 ? {} : { tools, toolChoice }),
  });
}

/** Bounds that hold wherever a question goes. */
export function checkPrompt(prompt: PromptRequest): PromptRequest {
  const parsed = v.safeParse(promptRequestSchema, prompt);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const [first] = issue.path ?? [];
  const param = first?.key === 'turns' ? 'messages' : typeof first?.key === 'string' ? first.key : undefined;
  throw new RequestError(`The request is not possible at ${v.getDotPath(issue) ?? 'its root'}: ${issue.message}.`, {
    ...(param === undefined ? {} : { param }),
  });
}

function toolsOf({ tools }: ChatRequest): ToolDefinition[] {
  return (tools ?? []).map(({ function: { name, description, parameters } }) => ({
    name,
    description: description ?? '',
    parameters: JSON.stringify(parameters ?? { type: 'object', properties: {} }),
  }));
}

function toolChoiceOf({ tool_choice }: ChatRequest, tools: readonly ToolDefinition[]): ToolChoice {
  const choice = tool_choice ?? 'auto';
  const param = 'tool_choice';
  if (choice === 'auto' || choice === 'none') return choice;
  if (tools.length === 0)
    throw new RequestError('tool_choice asks for a call, and the request has no tools.', { param });
  if (choice === 'required') return choice;
  const { name } = choice.function;
  if (!tools.some((tool) => tool.name === name)) {
    throw new RequestError('tool_choice names a function that is not among the tools.', { param });
  }
  return { name };
}

function formatOf({ response_format }: ChatRequest): AnswerFormat | null {
  switch (response_format?.type) {
    case 'json_object':
      return { type: 'json' };
    case 'json_schema':
      return { type: 'json-schema', schema: JSON.stringify(response_format.json_schema.schema) };
    default:
      return null;
  }
}
