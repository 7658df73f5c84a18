import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ChatTurn, SamplingSettings } from '../protocol/chat.ts';
import type { ToolCall, ToolDefinition } from '../protocol/tools.ts';
import { outcomeOf, user } from './engine.fixture.ts';
import type { GenerateRequest } from './engine.ts';
import { closeEngines, openEngine, randomFolder } from './random-folder.fixture.ts';
import { HERMES_TOKENS } from './session/tool-tokens.fixture.ts';

// Each test opens a model of its own: ten seconds of a quiet machine, minutes of a busy one.
vi.setConfig({ testTimeout: 240_000 });
afterEach(closeEngines);

const toolOf = (name: string, properties: object): ToolDefinition => ({
  name,
  description: 'For a test.',
  parameters: JSON.stringify({ type: 'object', properties, required: Object.keys(properties) }),
});
// Without free texts: random weights would write for ever.
const lamp = toolOf('lamp', { room: { enum: ['kitchen', 'hall'] }, isOn: { type: 'boolean' } });
const clock = toolOf('clock', { part: { enum: ['hour', 'day'] } });

async function open(tokens: readonly string[] = HERMES_TOKENS, conversation = {}) {
  const { ref, fetchFile } = await randomFolder('qwen2', 'q4f32_1', tokens, conversation);
  const engine = openEngine(fetchFile);
  const model = await engine.load(ref, {});
  const ask = async (part: Partial<GenerateRequest>, sampling: Partial<SamplingSettings> = {}) => {
    const outcome = await outcomeOf(
      engine.generate(
        {
          model: ref,
          turns: [user('Light?')],
          answerPrefix: '',
          tools: [lamp, clock],
          ...part,
          sampling: { ...model.defaults, temperature: 1.5, topP: 1, seed: 3, maxTokens: 160, ...sampling },
        },
        {},
      ),
    );
    const calls = outcome.events.flatMap((event) => (event.type === 'tool-calls' ? event.calls : []));
    return { ...outcome, calls };
  };
  return { model, ask };
}

function checkCall(call: ToolCall | undefined) {
  expect(['lamp', 'clock']).toContain(call?.name);
  const value = JSON.parse(call!.arguments) as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(call!.name === 'lamp' ? ['room', 'isOn'] : ['part']);
}

describe('a model of random weights', () => {
  it('calls one of the tools in its form where it must, and commits to each token', async () => {
    const { model, ask } = await open();
    expect(model.tools).toBe(true);
    for (const seed of [1, 2]) {
      const { text, calls, done } = await ask({ toolChoice: 'required' }, { seed });
      expect(text).toBe('');
      expect(calls).toHaveLength(1);
      checkCall(calls[0]);
      expect(done).toMatchObject({ reason: 'tool-calls', commitment: { leafCount: done.stats.completionTokens } });
    }
    const { calls } = await ask({ toolChoice: { name: 'clock' } });
    expect(calls.map(({ name }) => name)).toEqual(['clock']);
  });

  it('calls nothing where its call is cut', async () => {
    const { ask } = await open();
    const { text, calls, done } = await ask({ toolChoice: 'required' }, { maxTokens: 8 });
    expect([text, calls, done.reason]).toEqual(['', [], 'length']);
  });

  it('goes on after the result, with what it wrote still in the cache', async () => {
    const { ask } = await open();
    const first = await ask({ toolChoice: 'required' });
    const [call] = first.calls;
    const turns: ChatTurn[] = [
      user('Light?'),
      { role: 'assistant', content: '', toolCalls: [call!] },
      { role: 'tool', content: 'It is on.', toolCallId: call!.id },
    ];
    const next = await ask({ turns }, { maxTokens: 6 });
    expect(next.done.stats.cachedTokens).toBeGreaterThanOrEqual(first.done.stats.promptTokens);
    expect(next.tokens).toHaveLength(6);
  });

  it('says what it likes where it need not call, and is told of nothing where it must not', async () => {
    const { ask } = await open();
    const free = await ask({}, { maxTokens: 12 });
    expect(free.text).not.toBe('');
    const none = await ask({ toolChoice: 'none' }, { maxTokens: 2 });
    expect(none.done.stats.promptTokens).toBeLessThan(free.done.stats.promptTokens / 2);
  });

  it('keeps the form of an answer that calls nothing', async () => {
    const { ask } = await open();
    const format = { type: 'json-schema', schema: '{"enum": ["yes", "no"]}' } as const;
    const { text, calls } = await ask({ format });
    if (calls.length === 0) expect(['yes', 'no']).toContain(JSON.parse(text));
    else checkCall(calls[0]);
  });

  it('may think before it calls', async () => {
    const { ask } = await open([...HERMES_TOKENS, '<think>', '</think>']);
    const { calls, text, done } = await ask({ answerPrefix: '<think>The lamp.</think>', toolChoice: 'required' });
    expect([text.trim(), done.reason]).toEqual(['', 'tool-calls']);
    checkCall(calls[0]);
  });

  it('answers with the call and nothing else where that is its form', async () => {
    const { ask } = await open(['<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>', '<|python_tag|>'], {
      roles: { user: '<|start_header_id|>user', assistant: '<|start_header_id|>assistant' },
      system_template: '<|start_header_id|>system<|end_header_id|>\n\n{system_message}<|eot_id|>',
    });
    const { calls, text, done } = await ask({ toolChoice: 'required' });
    expect([text, done.reason]).toEqual(['', 'tool-calls']);
    checkCall(calls[0]);
    const free = await ask({}, { maxTokens: 12 });
    expect(free.text).not.toBe('');
    expect(free.text.startsWith('{')).toBe(false);
  });

  it('refuses tools where it has no form for them', async () => {
    const { model, ask } = await open([]);
    expect(model.tools).toBe(false);
    await expect(ask({})).rejects.toMatchObject({ code: 'engine/bad-input' });
    expect((await ask({ toolChoice: 'none' }, { maxTokens: 2 })).tokens).toHaveLength(2);
  });

  it.each([
    ['nested without end', '{"a":'.repeat(1_000) + '{}' + '}'.repeat(1_000)],
    ['that is a list', '[]'],
    ['that is no JSON', '{"type":'],
  ])('refuses a schema %s, and answers the next', async (_what, parameters) => {
    const { ask } = await open();
    const tools = [{ ...lamp, parameters }];
    await expect(ask({ tools })).rejects.toMatchObject({ code: 'engine/bad-input' });
    checkCall((await ask({ toolChoice: 'required' })).calls[0]);
  });

  it('is not stopped by schemas that a compiler cannot read', async () => {
    const { ask } = await open();
    const odd = toolOf('odd', { a: { const: 1 }, b: { type: 'boolean', pattern: '(' } });
    const { calls } = await ask({ tools: [odd], toolChoice: 'required' });
    expect(JSON.parse(calls[0]!.arguments)).toMatchObject({ a: 1, b: expect.any(Boolean) as boolean });
  });
});
