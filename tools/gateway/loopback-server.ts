import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { keepOpen } from '../../relay-server/gateway/keep-open.ts';
import { listen } from '../../relay-server/listen.ts';
import type { Listening } from '../../relay-server/listen.ts';
import type { OpenAiBackend } from '../../src/openai/backend.ts';
import { createOpenAiHandler } from '../../src/openai/handler.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import { guardLoopback } from './guard-loopback.ts';

/** All interfaces but this one are closed, and no setting opens them. */
const HOST = '127.0.0.1';

export interface LoopbackServerInit {
  readonly port: number;
  /** What programs have to know; null: every program on this computer may ask. */
  readonly key: string | null;
}

export interface LoopbackServerDeps {
  readonly backend: OpenAiBackend;
  readonly onError: (error: unknown) => void;
}

/** The endpoint for programs on this computer. Throws an Error that says what to do where the port is taken. */
export function startLoopbackServer(init: LoopbackServerInit, deps: LoopbackServerDeps): Promise<Listening> {
  const wanted = init.key === null ? null : digestOf(init.key);
  const handle = createOpenAiHandler(
    { basePath: '/v1' },
    {
      ...deps,
      authorize(request) {
        const given = /^Bearer (.{1,400})$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
        if (wanted !== null && !timingSafeEqual(digestOf(given), wanted)) throw badKey();
        return { key: null, tokensLeft: null, spend: () => undefined };
      },
      nowMs: Date.now,
    },
  );
  const app = new Hono<{ Bindings?: HttpBindings }>();
  app.use(guardLoopback());
  app.all('*', keepOpen(), (c) => handle(c.req.raw, null));
  return listen(app, { host: HOST, port: init.port });
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function badKey(): WeftError {
  return new WeftError('gateway/bad-key', 'The key is not the one that this gateway was started with.', {
    hints: ['It is in WEFT_GATEWAY_KEY of whoever started it.'],
  });
}
