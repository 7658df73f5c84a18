import { WeftError } from '../protocol/errors.ts';
import type { PromptRequest } from '../protocol/prompt-request.ts';
import type { AnswerForm } from './answer-form.ts';
import type { Access, OpenAiBackend, OpenAiModel } from './backend.ts';
import { createChatForm } from './chat-form.ts';
import { promptOfChat } from './chat-prompt.ts';
import { chatRequestSchema } from './chat-request.ts';
import { createCompletionForm } from './completion-form.ts';
import { completionRequestSchema, promptOfCompletion } from './completion-request.ts';
import { ANSWER_TIMEOUT_MS, KEEP_ALIVE_MS, MAX_AT_ONCE, MAX_PER_KEY } from './constants.ts';
import { embeddingAnswer } from './embedding-answer.ts';
import { embeddingRequestSchema } from './embedding-request.ts';
import { errorResponse } from './error-answer.ts';
import { eventStream } from './event-stream.ts';
import { describeModel } from './model-answer.ts';
import { parseRequest } from './parse-request.ts';
import { readAnswer } from './read-answer.ts';
import { readJson } from './read-body.ts';
import { RequestError } from './request-error.ts';
import { routeOf } from './route-of.ts';
import type { Route } from './route-of.ts';
import { startTask } from './task.ts';
import type { Task } from './task.ts';

export interface OpenAiHandlerInit {
  /** What stands before the API's own paths: `/v1`. */
  readonly basePath: string;
  /** Default {@link ANSWER_TIMEOUT_MS}. */
  readonly answerTimeoutMs?: number;
  /** Default {@link KEEP_ALIVE_MS}. */
  readonly keepAliveMs?: number;
}

export interface OpenAiHandlerDeps {
  readonly backend: OpenAiBackend;
  /** Who may ask. Throws gateway/bad-key, gateway/budget, auth/rate-limited. */
  readonly authorize: (request: Request, visitor: string | null) => Promise<Access> | Access;
  /** Failures that are nobody's request's; the client is told none of it. */
  readonly onError: (error: unknown) => void;
  readonly nowMs: () => number;
}

/** `visitor`: the network address of whoever asks; null where nobody asks over a network. */
export type OpenAiHandler = (request: Request, visitor: string | null) => Promise<Response>;

/**
 * OpenAI's endpoints over one backend: models, chat completions, completions, embeddings. Never rejects: what fails is an
 * answer in OpenAI's form. A client that goes ends its work.
 */
export function createOpenAiHandler(init: OpenAiHandlerInit, deps: OpenAiHandlerDeps): OpenAiHandler {
  const { backend } = deps;
  const keepAliveMs = init.keepAliveMs ?? KEEP_ALIVE_MS;
  /** Requests under way, by key. */
  const underWay = new Map<string | null, number>();
  let inAll = 0;

  const begin = (access: Access, client: AbortSignal): Task => {
    const { key } = access;
    const own = underWay.get(key) ?? 0;
    if (inAll >= MAX_AT_ONCE) throw busy('This gateway has');
    if (key !== null && own >= MAX_PER_KEY) throw busy('Whoever holds this key has');
    inAll++;
    underWay.set(key, own + 1);
    const onEnd = () => {
      inAll--;
      const left = underWay.get(key)! - 1;
      if (left === 0) underWay.delete(key);
      else underWay.set(key, left);
    };
    return startTask(access, { client, timeoutMs: init.answerTimeoutMs ?? ANSWER_TIMEOUT_MS, onEnd });
  };

  const findModel = (id: string, kind: OpenAiModel['kind'] | null): OpenAiModel => {
    const model = backend.find(id);
    if (model === null) {
      throw new WeftError('gateway/unknown-model', `Nobody serves a model named ${clip(id)} now.`, {
        hints: ['GET /models lists those that are served.'],
      });
    }
    if (kind !== null && model.kind !== kind) {
      const what = model.kind === 'chat' ? 'writes answers, not vectors' : 'makes vectors, not answers';
      throw new RequestError(`The model ${model.id} ${what}.`, { param: 'model' });
    }
    return model;
  };

  const answer = (task: Task, model: OpenAiModel, prompt: PromptRequest, isStream: boolean, form: AnswerForm) => {
    const pieces = readAnswer(task, backend.generate(model, prompt, task.signal));
    return isStream
      ? eventStream(form.parts(pieces), { task, keepAliveMs })
      : form.whole(pieces).then((whole) => Response.json(whole, { headers: { 'cache-control': 'no-store' } }));
  };

  const run = async (
    route: Exclude<Route, 'models' | 'model'>,
    json: unknown,
    task: Task,
    access: Access,
  ): Promise<Response> => {
    const created = Math.floor(deps.nowMs() / 1000);
    switch (route) {
      case 'chat': {
        const asked = parseRequest(chatRequestSchema, json);
        const model = within(findModel(asked.model, 'chat'), access);
        const prompt = promptOfChat(asked, model);
        const form = createChatForm({
          id: newId('chatcmpl-'),
          model: model.id,
          created,
          includeUsage: wantsUsage(asked),
          parallelCalls: asked.parallel_tool_calls !== false,
        });
        return answer(task, model, prompt, asked.stream === true, form);
      }
      case 'completions': {
        const asked = parseRequest(completionRequestSchema, json);
        const model = within(findModel(asked.model, 'chat'), access);
        const prompt = promptOfCompletion(asked, model);
        const form = createCompletionForm({
          id: newId('cmpl-'),
          model: model.id,
          created,
          includeUsage: wantsUsage(asked),
        });
        return answer(task, model, prompt, asked.stream === true, form);
      }
      case 'embeddings': {
        const asked = parseRequest(embeddingRequestSchema, json);
        const model = findModel(asked.model, 'embedding');
        const { vectors, promptTokens } = await backend.embed(model, asked.input, task.signal);
        await task.end(promptTokens);
        const format = asked.encoding_format ?? 'float';
        return Response.json(embeddingAnswer({ model, vectors, promptTokens, format }), {
          headers: { 'cache-control': 'no-store' },
        });
      }
      default:
        return route satisfies never;
    }
  };

  const handle = async (request: Request, visitor: string | null): Promise<Response> => {
    const { route, id } = routeOf(request, init.basePath);
    const access = await deps.authorize(request, visitor);
    if (route === 'models') {
      const data = backend.models().map((model) => describeModel(model));
      return Response.json({ object: 'list', data }, { headers: { 'cache-control': 'no-store' } });
    }
    if (route === 'model') {
      return Response.json(describeModel(findModel(id, null)), { headers: { 'cache-control': 'no-store' } });
    }
    const task = begin(access, request.signal);
    try {
      return await run(route, await readJson(request), task, access);
    } catch (error) {
      await task.end(0);
      throw error;
    }
  };

  return async (request, visitor) => {
    try {
      return await handle(request, visitor);
    } catch (error) {
      if (error instanceof RequestError && error.status === 405) {
        return errorResponse(error, { allow: request.method === 'GET' ? 'POST' : 'GET' });
      }
      const answered = errorResponse(error);
      if (answered.status === 500 && !request.signal.aborted) deps.onError(error);
      return answered;
    }
  };
}

/** A budget shortens an answer before it ends it. */
function within(model: OpenAiModel, { tokensLeft }: Access): OpenAiModel {
  return tokensLeft === null ? model : { ...model, maxTokens: Math.max(1, Math.min(model.maxTokens, tokensLeft)) };
}

function busy(who: string): WeftError {
  return new WeftError('infer/busy', `${who} as many requests under way as it may.`, {
    hints: ['Try again in a moment.'],
    retryable: true,
  });
}

function wantsUsage(asked: {
  readonly stream?: boolean | null | undefined;
  readonly stream_options?: { readonly include_usage?: boolean | null | undefined } | null | undefined;
}): boolean {
  if (asked.stream_options != null && asked.stream !== true) {
    throw new RequestError('stream_options is for streams; set stream to true.', { param: 'stream_options' });
  }
  return asked.stream_options?.include_usage === true;
}

/** 24 random digits. */
function newId(prefix: string): string {
  let text = prefix;
  for (const byte of crypto.getRandomValues(new Uint8Array(12))) text += byte.toString(16).padStart(2, '0');
  return text;
}

function clip(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
