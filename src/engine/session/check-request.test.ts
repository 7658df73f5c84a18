import { describe, expect, it } from 'vitest';
import { checkRequest } from './check-request.ts';

const good = {
  model: { id: 'm', baseUrl: 'http://localhost/m/', libraryUrl: null, runtime: 'auto', contextLimit: null },
  turns: [{ role: 'user', content: 'hi' }],
  answerPrefix: '',
  sampling: { temperature: 0.7, topP: 0.9, topK: 32, maxTokens: 100, seed: null, stop: [] },
};
const sampling = (part: object) => ({ ...good, sampling: { ...good.sampling, ...part } });

describe('a request', () => {
  it('passes as it is, at every bound', () => {
    expect(checkRequest(good)).toEqual(good);
    for (const part of [
      { temperature: 0 },
      { temperature: 2, topP: 1, topK: 1 },
      { seed: -5, stop: ['a', 'b', 'c', 'd'.repeat(64)] },
      { maxTokens: 1_048_576 },
    ]) {
      expect(checkRequest(sampling(part))).toEqual(sampling(part));
    }
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no model', { ...good, model: undefined }],
    ['a folder that is no address', { ...good, model: { ...good.model, baseUrl: 'm' } }],
    ['no turns', { ...good, turns: [] }],
    ['a foreign role', { ...good, turns: [{ role: 'developer', content: '' }] }],
    ['a turn longer than a book', { ...good, turns: [{ role: 'user', content: 'a'.repeat(1_000_001) }] }],
    ['no number as a temperature', sampling({ temperature: NaN })],
    ['a negative temperature', sampling({ temperature: -0.1 })],
    ['an endless answer', sampling({ maxTokens: Infinity })],
    ['a seed beyond integers', sampling({ seed: 2 ** 60 })],
    ['a long stop', sampling({ stop: ['a'.repeat(65)] })],
  ])('is refused with %s', (_what, request) => {
    expect(() => checkRequest(request)).toThrow(
      expect.objectContaining({ code: 'engine/bad-input', hints: [expect.any(String)] }) as Error,
    );
  });
});
