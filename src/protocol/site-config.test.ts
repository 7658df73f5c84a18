import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { siteConfigSchema } from './site-config.ts';

const model = {
  id: 'Small',
  title: 'Small',
  baseUrl: '/models-of-relay/Small/',
  libraryUrl: null,
  files: [],
  modelType: 'llama',
  quantization: 'q4f16_1',
  contextLimit: null,
};
const isRead = (baseUrl: string) =>
  v.is(siteConfigSchema, { version: 1, modelHosts: [], models: [{ ...model, baseUrl }] });

describe("a model's path on the server of the page", () => {
  it.each(['/a/', '/models-of-relay/Qwen3-0.6B_q4.1/'])('may be %s', (path) => {
    expect(isRead(path)).toBe(true);
  });

  it.each(['/', '//host/', '/a//b/', '/a/../b/', '/.hidden/', 'a/', 'https://host/', '/a/?b/', '/a%2f/', '/a'])(
    'may not be %s',
    (path) => {
      expect(isRead(path)).toBe(false);
    },
  );

  it('is refused in one reading where it is long and wrong', () => {
    // With two ways to read each letter this takes minutes, and twice as long for every further one.
    expect(isRead(`/${'a'.repeat(30)}!/`)).toBe(false);
  });
});
