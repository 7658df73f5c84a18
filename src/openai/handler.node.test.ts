import { createAdaptorServer } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe } from 'vitest';
import { createOpenAiHandler } from './handler.ts';
import { describeClient } from './openai-client.fixture.ts';
import type { Door } from './openai-client.fixture.ts';
import { createScriptedBackend } from './scripted-backend.fixture.ts';

describe('the handler behind a plain server', () => {
  let door: Door;
  let close: () => void;

  beforeAll(async () => {
    const backend = createScriptedBackend();
    const spent: number[] = [];
    const handle = createOpenAiHandler(
      { basePath: '/v1' },
      {
        backend,
        authorize: () => ({ key: null, tokensLeft: null, spend: (tokens) => void spent.push(tokens) }),
        onError: (error) => console.error(error),
        nowMs: Date.now,
      },
    );
    const server = createAdaptorServer({ fetch: (request: Request) => handle(request, null) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => server.close();
    const { port } = server.address() as AddressInfo;
    door = { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none', backend, spent };
  });
  afterAll(() => close());

  describeClient(() => door);
});
