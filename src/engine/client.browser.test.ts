import { afterEach, describe, expect, it } from 'vitest';
import { createEngineClient, MAX_STILL_MS } from './client.ts';
import type { EngineClient } from './client.ts';
import type { GenerateRequest, ModelRef } from './engine.ts';

const model: ModelRef = {
  id: 'any',
  baseUrl: 'http://localhost/models/any/',
  libraryUrl: null,
  runtime: 'auto',
  contextLimit: null,
};
const request: GenerateRequest = {
  model,
  turns: [{ role: 'user', content: 'Hang.' }],
  answerPrefix: '',
  sampling: { temperature: 0, topP: 1, topK: 1, maxTokens: 8, seed: 1, stop: [] },
};

/** Answers pings and loads; an answer is an endless loop, as a hostile tokenizer's pattern can be. */
const SCRIPT = `
  onmessage = ({ data: { type, id, method } }) => {
    if (type === 'ping') postMessage({ weft: 1, type: 'pong', id });
    else if (method === 'load') postMessage({ weft: 1, type: 'end', id, value: { id: 'any' } });
    else if (method === 'generate') for (;;);
  };
`;

/** Answers pings while an answer waits for a GPU that says nothing any more. */
const STUCK = `
  onmessage = ({ data: { type, id, method } }) => {
    if (type === 'ping') postMessage({ weft: 1, type: 'pong', id, progress: 12 });
    else if (method === 'load') postMessage({ weft: 1, type: 'end', id, value: { id: 'any' } });
  };
`;

let engine: EngineClient | null = null;
afterEach(() => engine?.close());

describe('an engine worker', () => {
  it.each([
    ['hangs', SCRIPT],
    ['waits in vain', STUCK],
  ])('that %s ends what is open, and the next load has another worker', async (_, script) => {
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    let workers = 0;
    engine = createEngineClient(
      () => {
        workers++;
        return new Worker(url);
      },
      { everyMs: 50, maxMissed: 20, maxStill: 20 },
    );
    await engine.load(model, {});
    const hangs = engine.generate(request, {})[Symbol.asyncIterator]().next();
    await expect(hangs).rejects.toMatchObject({ code: 'app/worker-dead', retryable: true });
    expect(await engine.load(model, {})).toEqual({ id: 'any' });
    expect(workers).toBe(2);
    URL.revokeObjectURL(url);
  });

  it('has more than a minute for one step', () => {
    expect(MAX_STILL_MS).toBeGreaterThanOrEqual(60_000);
  });
});
