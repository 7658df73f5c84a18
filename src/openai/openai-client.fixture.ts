import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { ScriptedBackend } from './scripted-backend.fixture.ts';

/** One endpoint with a {@link ScriptedBackend} behind it. */
export interface Door {
  /** `http://localhost:8080/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly backend: ScriptedBackend;
  /** Tokens that were spent, request by request; null: nobody counts at this door. */
  readonly spent: readonly number[] | null;
}

const question = (content: string) => ({ model: 'parrot', messages: [{ role: 'user' as const, content }] });

const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather somewhere.',
    parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
  },
};

/** What the official client, unchanged, finds at any of our doors. */
export function describeClient(open: () => Door): void {
  const clientOf = ({ baseUrl: baseURL, apiKey }: Door) => new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const failure = async (promise: Promise<unknown>) => {
    try {
      await promise;
    } catch (error) {
      if (error instanceof OpenAI.APIError) return error as InstanceType<typeof OpenAI.APIError>;
      throw error;
    }
    throw new Error('the call succeeded');
  };

  test('lists models and finds one by its id', async () => {
    const client = clientOf(open());
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual(['parrot', 'eyes', 'arrows']);
    expect(await client.models.retrieve('eyes')).toMatchObject({ id: 'eyes', object: 'model' });
    expect(await failure(client.models.retrieve('nobody'))).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  test('answers at once, with what was really used', async () => {
    const door = open();
    const answer = await clientOf(door).chat.completions.create(question('one two three'));
    expect(answer.choices[0]).toMatchObject({
      index: 0,
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'one two three ' },
    });
    expect(answer.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 });
    expect(answer.object).toBe('chat.completion');
    if (door.spent !== null) expect(door.spent.at(-1)).toBe(6);
  });

  test('streams word by word and ends with the usage that was asked for', async () => {
    const stream = await clientOf(open()).chat.completions.create({
      ...question('count 4'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const texts: string[] = [];
    const reasons: unknown[] = [];
    let usage: unknown;
    for await (const { choices, usage: told } of stream) {
      for (const { delta, finish_reason } of choices) {
        if (typeof delta.content === 'string' && delta.content !== '') texts.push(delta.content);
        if (finish_reason !== null) reasons.push(finish_reason);
      }
      usage = told;
    }
    expect(texts).toEqual(['1 ', '2 ', '3 ', '4 ']);
    expect(reasons).toEqual(['stop']);
    expect(usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 4 });
  });

  test('the client’s own helper puts a stream together', async () => {
    const runner = clientOf(open()).chat.completions.stream(question('to be or not'));
    expect((await runner.finalChatCompletion()).choices[0]?.message.content).toBe('to be or not ');
  });

  test('a stream that is left stops the work behind it', async () => {
    const door = open();
    const before = door.backend.stopped;
    const stream = await clientOf(door).chat.completions.create({ ...question('forever'), stream: true });
    let seen = 0;
    for await (const _ of stream) if (++seen === 5) break;
    await expect.poll(() => door.backend.stopped).toBe(before + 1);
    const { spent } = door;
    if (spent !== null) await expect.poll(() => spent.at(-1)).toBeGreaterThan(4);
  });

  test('an answer that nobody waits for any more is stopped too', async () => {
    const door = open();
    const before = door.backend.stopped;
    const asked = door.backend.asked.length;
    const controller = new AbortController();
    const answer = clientOf(door).chat.completions.create(question('forever'), { signal: controller.signal });
    await expect.poll(() => door.backend.asked.length).toBe(asked + 1);
    controller.abort();
    await expect(answer).rejects.toThrow(/abort/i);
    await expect.poll(() => door.backend.stopped).toBe(before + 1);
  });

  test('a tool is called, and its result goes back to the model', async () => {
    const door = open();
    const client = clientOf(door);
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'How is it in Bern?' }];
    const first = await client.chat.completions.create({ model: 'parrot', messages, tools: [weather] });
    const message = first.choices[0]!.message;
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    expect(message.content).toBeNull();
    const call = message.tool_calls![0] as OpenAI.ChatCompletionMessageFunctionToolCall;
    expect(JSON.parse(call.function.arguments)).toEqual({ place: 'Bern' });
    const second = await client.chat.completions.create({
      model: 'parrot',
      messages: [...messages, message, { role: 'tool', tool_call_id: call.id, content: 'sunny there' }],
      tools: [weather],
    });
    expect(second.choices[0]?.message.content).toBe('sunny there ');
    expect(door.backend.asked.at(-1)?.request.turns).toEqual([
      { role: 'user', content: 'How is it in Bern?' },
      { role: 'assistant', content: '', toolCalls: [{ id: call.id, name: 'weather', arguments: '{"place":"Bern"}' }] },
      { role: 'tool', content: 'sunny there', toolCallId: call.id },
    ]);
  });

  test('a call arrives in a stream as well', async () => {
    const runner = clientOf(open()).chat.completions.stream({
      ...question('How is it?'),
      tools: [weather],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
    const { choices } = await runner.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ type: 'function', function: { name: 'weather', arguments: '{"place":"Bern"}' } }] },
    });
  });

  test('completes a text, at once and as a stream', async () => {
    const client = clientOf(open());
    const whole = await client.completions.create({ model: 'parrot', prompt: ['a b c'] });
    expect(whole.choices[0]).toMatchObject({ text: 'a b c ', finish_reason: 'stop' });
    let text = '';
    const stream = await client.completions.create({
      model: 'parrot',
      prompt: 'count 99',
      max_tokens: 3,
      stream: true,
    });
    let reason: unknown;
    for await (const { choices } of stream) {
      text += choices[0]!.text;
      reason = choices[0]!.finish_reason;
    }
    expect([text, reason]).toEqual(['1 2 3 ', 'length']);
  });

  test('makes vectors, in either encoding', async () => {
    const client = clientOf(open());
    const asked = { model: 'arrows', input: ['four', 'fivee'] };
    const packed = await client.embeddings.create(asked);
    const plain = await client.embeddings.create({ ...asked, encoding_format: 'float' });
    expect(plain.data.map(({ embedding }) => embedding)).toEqual([
      [4, 0.5, -1],
      [5, 0.5, -1],
    ]);
    expect(packed.data.map(({ embedding }) => Array.from(embedding))).toEqual(plain.data.map((one) => one.embedding));
    expect(plain.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  });

  test('failures before the first word are errors with a status that the client knows', async () => {
    const client = clientOf(open());
    const create = (content: string, part: object = {}) =>
      failure(client.chat.completions.create({ ...question(content), ...part }));
    expect(await create('fail mesh/no-provider')).toBeInstanceOf(OpenAI.InternalServerError);
    expect(await create('fail mesh/no-provider', { stream: true })).toMatchObject({
      status: 503,
      code: 'mesh/no-provider',
    });
    expect(await create('fail engine/context-full')).toMatchObject({ status: 400, code: 'context_length_exceeded' });
    expect(await create('hi', { model: 'nobody' })).toBeInstanceOf(OpenAI.NotFoundError);
    expect(await create('hi', { model: 'arrows' })).toMatchObject({ status: 400, param: 'model' });
  });

  test('what breaks off in the middle of a stream is an error, not an end', async () => {
    const stream = await clientOf(open()).chat.completions.create({
      ...question('break mesh/peer-lost now'),
      stream: true,
    });
    const texts: unknown[] = [];
    const reading = (async () => {
      for await (const { choices } of stream) texts.push(choices[0]?.delta.content);
    })();
    expect(await failure(reading)).toMatchObject({ code: 'mesh/peer-lost' });
    expect(texts).toEqual(['', 'break ', 'mesh/peer-lost ']);
  });

  test.each([
    ['frequency_penalty', { frequency_penalty: 0.5 }],
    ['presence_penalty', { presence_penalty: -1 }],
    ['logit_bias', { logit_bias: { '50256': -100 } }],
    ['logprobs', { logprobs: true }],
    ['n', { n: 2 }],
    ['temperature', { temperature: 3 }],
    ['surprise', { surprise: 1 }],
    [
      'messages[0].content[0].image_url.url',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.org/cat.png' } }] },
        ],
      },
    ],
  ])('refuses %s by name and asks nobody', async (param, part) => {
    const door = open();
    const before = door.backend.asked.length;
    const error = await failure(
      clientOf(door).chat.completions.create({
        ...question('hi'),
        ...part,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming),
    );
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, type: 'invalid_request_error' });
    expect(door.backend.asked).toHaveLength(before);
  });

  test('takes fields that ask for nothing', async () => {
    const answer = await clientOf(open()).chat.completions.create({
      ...question('fine'),
      frequency_penalty: 0,
      presence_penalty: null,
      logit_bias: {},
      logprobs: false,
      n: 1,
      stop: null,
      safety_identifier: 'somebody',
      prompt_cache_key: 'some key',
      parallel_tool_calls: true,
      response_format: { type: 'text' },
    });
    expect(answer.choices[0]?.message.content).toBe('fine ');
  });
}
