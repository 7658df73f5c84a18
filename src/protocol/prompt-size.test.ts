import { describe, expect, it } from 'vitest';
import type { PromptRequest } from './prompt-request.ts';
import { canFit } from './prompt-size.ts';

const LONG = 'x'.repeat(32_001);

const asked = (part: Partial<PromptRequest>): PromptRequest => ({
  turns: [{ role: 'user', content: 'hello' }],
  answerPrefix: '',
  sampling: { temperature: 0, topP: 1, topK: 32, maxTokens: 8, seed: null, stop: [] },
  ...part,
});

describe('whether a question can fit', () => {
  it('is no matter for usual ones', () => {
    expect(canFit(asked({}), 1)).toBe(true);
    expect(canFit(asked({ answerPrefix: 'word '.repeat(1_000) }), 1_000)).toBe(true);
  });

  it.each<[string, Partial<PromptRequest>]>([
    ['what is said', { turns: [{ role: 'user', content: LONG }] }],
    [
      'what was called',
      { turns: [{ role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'f', arguments: LONG }] }] },
    ],
    ['the answer so far', { answerPrefix: LONG }],
    ['tools', { tools: [{ name: 'f', description: '', parameters: LONG }] }],
  ])('counts %s', (_, part) => {
    expect(canFit(asked(part), 1_000)).toBe(false);
  });
});
