import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { OpenAiBackend } from '../../src/openai/backend.ts';
import { createOpenAiHandler } from '../../src/openai/handler.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import { createLimit } from '../http-auth/limit.ts';
import type { ApiKeys } from '../members/api-keys.ts';
import { keepOpen } from './keep-open.ts';
import { visitorAddress } from '../visitor-address.ts';
import type { VisitorAddressInit } from '../visitor-address.ts';

export interface GatewayRoutesInit extends VisitorAddressInit {
  /** Requests of one key in a minute. Default {@link KEY_REQUESTS_PER_MINUTE}. */
  readonly requestsPerMinute?: number;
}

export interface GatewayRoutesDeps {
  readonly keys: Pick<ApiKeys, 'check' | 'spend'>;
  readonly backend: OpenAiBackend;
  /** Failures that no request is at fault for. Their texts hold no prompt. */
  readonly onError: (error: unknown) => void;
}

const BASE_PATH = '/v1';
const KEY_REQUESTS_PER_MINUTE = 120;
/** Of one address, with whatever keys: each costs a look into the database. */
const VISITOR_REQUESTS_PER_MINUTE = 600;
const MINUTE_S = 60;

/**
 * The relay's OpenAI-compatible endpoint for members' tools. It answers programs: no page of another origin is let in, since
 * no answer carries a CORS header.
 */
export function createGatewayRoutes(
  init: GatewayRoutesInit,
  deps: GatewayRoutesDeps,
): Hono<{ Bindings?: HttpBindings }> {
  const { keys, backend, onError } = deps;
  const perVisitor = createLimit({ points: VISITOR_REQUESTS_PER_MINUTE, durationS: MINUTE_S });
  const perKey = createLimit({ points: init.requestsPerMinute ?? KEY_REQUESTS_PER_MINUTE, durationS: MINUTE_S });
  const handle = createOpenAiHandler(
    { basePath: BASE_PATH },
    {
      backend,
      async authorize(request, visitor) {
        if (visitor !== null) await perVisitor.take(visitor);
        const { id, member, tokensLeft } = await keys.check(keyOf(request));
        await perKey.take(id);
        return {
          // A member may have twenty keys: together they have the place of one.
          key: member,
          tokensLeft,
          // The answer is there by now: what was not counted is the relay's loss, and its operator's to know.
          spend: (tokens) => (tokens === 0 ? undefined : keys.spend(id, tokens).catch(onError)),
        };
      },
      onError,
      nowMs: Date.now,
    },
  );
  const routes = new Hono<{ Bindings?: HttpBindings }>();
  for (const path of ['models', 'models/:id', 'chat/completions', 'completions', 'embeddings']) {
    routes.all(`${BASE_PATH}/${path}`, keepOpen(), (c) => handle(c.req.raw, visitorAddress(c, init)));
  }
  return routes;
}

function keyOf(request: Request): string {
  const key = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (key !== undefined) return key;
  throw new WeftError('gateway/bad-key', 'No key came with this request.', {
    hints: ['Send it as Authorization: Bearer weft_…; the Network page of this relay makes keys.'],
  });
}
