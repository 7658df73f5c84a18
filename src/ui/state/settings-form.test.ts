import { describe, expect, it } from 'vitest';
import { checkForm, toForm, type SettingsField } from './settings-form.ts';

const EMPTY = toForm({ systemPrompt: null, sampling: {} });
const problemOf = (field: SettingsField, typed: string): string | undefined =>
  checkForm({ ...EMPTY, [field]: typed }).problems[field];

describe('checkForm', () => {
  it('takes empty fields for the recommendation', () => {
    expect(checkForm(EMPTY)).toEqual({ problems: {}, settings: { systemPrompt: null, sampling: {} } });
  });

  it('returns what was saved, stop texts with line breaks and backslashes included', () => {
    const settings = {
      systemPrompt: 'Answer in rhymes.',
      sampling: { temperature: 0, topP: 0.95, topK: 1, maxTokens: 300, seed: 42, stop: ['\n\n', 'a\\nb', 'END'] },
    };
    expect(checkForm(toForm(settings)).settings).toEqual(settings);
  });

  it.each([
    [{ type: 'json' }, '{ }'],
    [{ type: 'json-schema', schema: '{"type":"array"}' }, ' {"type":"array"} '],
  ] as const)('reads the form of an answer as %j', (format, typed) => {
    const { settings } = checkForm({ ...EMPTY, schema: typed });
    expect(settings?.format).toEqual(format);
    expect(checkForm(toForm(settings!)).settings).toEqual(settings);
  });

  it('reads a comma as the decimal sign', () => {
    expect(checkForm({ ...EMPTY, temperature: ' 0,7 ' }).settings?.sampling.temperature).toBe(0.7);
  });

  it.each([
    ['temperature', '2.1'],
    ['temperature', '-1'],
    ['temperature', 'warm'],
    ['temperature', '.'],
    ['topP', '0'],
    ['topP', '1.01'],
    ['topK', '0'],
    ['topK', '33'],
    ['topK', '1.5'],
    ['maxTokens', '0'],
    ['maxTokens', '1e3'],
    ['seed', '-1'],
    ['seed', '9007199254740993'],
    ['stop', 'a\nb\nc\nd\ne'],
    ['stop', 'x'.repeat(65)],
    ['schema', 'object'],
    ['schema', '[1]'],
    ['schema', '{"type": '],
    ['schema', `{"a": "${'x'.repeat(20_000)}"}`],
    ['systemPrompt', 'x'.repeat(20_001)],
  ] as const)('refuses %s = %j with a sentence', (field, typed) => {
    expect(problemOf(field, typed)).toMatch(/^[A-Z].*\.$/);
    expect(checkForm({ ...EMPTY, [field]: typed }).settings).toBeNull();
  });

  it.each([
    ['temperature', '2'],
    ['topP', '1'],
    ['topK', '32'],
    ['maxTokens', '1'],
    ['seed', '9007199254740991'],
    ['stop', 'a\n\nb\nc\nd\n'],
    ['schema', '{"type": "object"}'],
  ] as const)('takes %s = %j', (field, typed) => {
    expect(problemOf(field, typed)).toBeUndefined();
  });
});
