import { describe, expect, test } from 'vitest';
import { WeftError } from '../protocol/errors.ts';
import type { OpenAiBackend } from './backend.ts';
import { MAX_BODY_BYTES } from './constants.ts';
import { createOpenAiHandler } from './handler.ts';
import { createScriptedBackend } from './scripted-backend.fixture.ts';

function open(
  init: { answerTimeoutMs?: number; keepAliveMs?: number; tokensLeft?: number; backend?: OpenAiBackend } = {},
) {
  const backend = createScriptedBackend();
  const spent: number[] = [];
  const failures: unknown[] = [];
  const handle = createOpenAiHandler(
    { basePath: '/v1', ...init },
    {
      backend: init.backend ?? backend,
      authorize: () => ({ key: 'k', tokensLeft: init.tokensLeft ?? null, spend: (tokens) => void spent.push(tokens) }),
      onError: (error) => failures.push(error),
      nowMs: () => 1_700_000_000_500,
    },
  );
  return { backend, spent, failures, ask: (request: Request) => handle(request, null) };
}

const post = (body: unknown, part: RequestInit & { path?: string } = {}) =>
  new Request(`http://localhost/v1/${part.path ?? 'chat/completions'}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...part,
  });
const chat = (content: string, part: object = {}, init: RequestInit = {}) =>
  post({ model: 'parrot', messages: [{ role: 'user', content }], ...part }, init);
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { message: string; param: string | null; code: string } }).error;

describe('requests', () => {
  test.each([
    [415, post('{}', { headers: { 'content-type': 'text/plain' } })],
    [400, post('{"model":')],
    [400, post('"text"')],
    [400, post(`${'['.repeat(65)}${']'.repeat(65)}`)],
    [
      413,
      post('{}', { headers: { 'content-type': 'application/json', 'content-length': String(MAX_BODY_BYTES + 1) } }),
    ],
    [413, post(' '.repeat(MAX_BODY_BYTES + 1))],
    [404, post({}, { path: 'nothing' })],
    [405, new Request('http://localhost/v1/chat/completions')],
    [405, post({}, { path: 'models' })],
    [404, new Request('http://localhost/v1/models/%E0%A4%A')],
  ])('get %i where they cannot be read', async (status, request) => {
    const { ask, backend } = open();
    const response = await ask(request);
    expect(response.status).toBe(status);
    expect((await errorOf(response)).message).not.toBe('');
    expect(backend.asked).toHaveLength(0);
  });

  test.each([
    ['model', { model: 7 }],
    ['messages', { messages: [] }],
    ['messages[0].role', { messages: [{ role: 'wizard', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user' }] }],
    ['max_tokens', { max_tokens: 0 }],
    ['stop[1]', { stop: ['a', ''] }],
    ['stop', { stop: ['a', 'b', 'c', 'd', 'e'] }],
    ['tool_choice', { tool_choice: 'required' }],
    [
      'tool_choice',
      {
        tools: [{ type: 'function', function: { name: 'f' } }],
        tool_choice: { type: 'function', function: { name: 'g' } },
      },
    ],
    ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'f' } }] }],
    ['tools', { tools: [{ type: 'function', function: { name: 'not a name' } }] }],
    ['tools', { model: 'eyes', tools: [{ type: 'function', function: { name: 'f' } }] }],
    [
      'messages',
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'image_url',
                image_url: { url: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAAA=' },
              },
            ],
          },
        ],
      },
    ],
    ['stream_options', { stream_options: { include_usage: true } }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
    ['reasoning_effort', { reasoning_effort: 'high' }],
  ])('are refused with the name of %s', async (param, part) => {
    const { ask } = open();
    const response = await ask(chat('hi', part));
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ param });
  });

  test('of texts and vectors take texts, and no ids of tokens', async () => {
    const { ask } = open();
    for (const [path, param, body] of [
      ['completions', 'prompt[0]', { model: 'parrot', prompt: [[1, 2]] }],
      ['completions', 'prompt', { model: 'parrot', prompt: ['a', 'b'] }],
      ['completions', 'echo', { model: 'parrot', prompt: 'a', echo: true }],
      ['completions', 'suffix', { model: 'parrot', prompt: 'a', suffix: 'b' }],
      ['embeddings', 'input[0]', { model: 'arrows', input: [1, 2, 3] }],
      ['embeddings', 'input[0]', { model: 'arrows', input: [''] }],
      ['embeddings', 'dimensions', { model: 'arrows', input: 'a', dimensions: 8 }],
    ] as const) {
      const response = await ask(post(body, { path }));
      expect(await errorOf(response)).toMatchObject({ param });
    }
  });

  test('reach the model as they were meant', async () => {
    const { ask, backend } = open();
    await ask(
      chat('hi', {
        temperature: 0.2,
        stop: 'END',
        seed: 5,
        max_tokens: 9_000,
        max_completion_tokens: 30,
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
      }),
    );
    expect(backend.asked[0]?.request).toEqual({
      turns: [{ role: 'user', content: 'hi' }],
      answerPrefix: '',
      sampling: { temperature: 0.2, topP: 0.9, topK: 32, maxTokens: 30, seed: 5, stop: ['END'] },
      format: { type: 'json-schema', schema: '{"type":"object"}' },
    });
  });
});

describe('answers', () => {
  test('are as long as the model and the budget allow', async () => {
    const { ask, backend } = open({ tokensLeft: 7 });
    await ask(chat('count 20'));
    await ask(chat('count 20', { max_tokens: 3 }));
    expect(backend.asked.map(({ request }) => request.sampling.maxTokens)).toEqual([7, 3]);
  });

  test('that take too long are stopped, with their status or as an event', async () => {
    const { ask, spent } = open({ answerTimeoutMs: 60, keepAliveMs: 10 });
    const whole = await ask(chat('wait'));
    expect(whole.status).toBe(504);
    expect(await errorOf(whole)).toMatchObject({ code: 'gateway/timeout' });
    const streamed = await (await ask(chat('wait', { stream: true }))).text();
    expect(streamed).toMatch(/^(?:: keep-alive\n\n)+data: \{"error":\{.*gateway\/timeout.*\}\}\n\n$/);
    expect(spent).toEqual([1, 1]);
  });

  test('nobody reads are not kept for ever', async () => {
    const { ask, backend } = open({ answerTimeoutMs: 60 });
    const { body } = await ask(chat('forever', { stream: true }));
    await expect.poll(() => backend.stopped).toBe(1);
    await expect(body!.getReader().read()).rejects.toMatchObject({ code: 'gateway/timeout' });
  });

  test('are taken no faster than they are read', async () => {
    const { ask, spent } = open();
    const reader = (await ask(chat('forever', { stream: true }))).body!.getReader();
    for (let read = 0; read < 4; read++) await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await reader.cancel();
    await expect.poll(() => spent).toHaveLength(1);
    // The beginning, three words, at most one that was under way, and the question itself.
    expect(spent[0]).toBeLessThanOrEqual(6);
  });

  test('of a caller that is gone before they begin cost nothing', async () => {
    const { ask, spent, failures } = open();
    const controller = new AbortController();
    controller.abort();
    await ask(chat('forever', {}, { signal: controller.signal }));
    await expect.poll(() => spent).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  test('are bounded in number for each key', async () => {
    const { ask } = open();
    const controller = new AbortController();
    const open16 = Array.from({ length: 16 }, () => ask(chat('wait', {}, { signal: controller.signal })));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const refused = await ask(chat('hi'));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    controller.abort();
    await Promise.all(open16);
    expect((await ask(chat('hi'))).status).toBe(200);
  });

  test('that fail inside say nothing of it', async () => {
    const secret = new WeftError('storage/unavailable', 'The database at 10.0.0.5 is away.');
    const backend: OpenAiBackend = { ...createScriptedBackend(), embed: () => Promise.reject(secret) };
    const { ask, failures } = open({ backend });
    const response = await ask(post({ model: 'arrows', input: 'a' }, { path: 'embeddings' }));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('10.0.0.5');
    expect(failures).toEqual([secret]);
  });
});
