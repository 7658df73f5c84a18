import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { checkAuthorization } from '../../src/protocol/mesh/authorization.ts';
import { MAX_SIGNED_BODY_BYTES } from '../../src/protocol/mesh/relay-api.ts';
import type { Session } from '../members/session.ts';
import type { Limit } from './limit.ts';
import type { Nonces } from './nonces.ts';

/** What a handler behind {@link createSignatureCheck} finds. */
export interface SignedEnv {
  readonly Bindings?: HttpBindings;
  readonly Variables: { readonly caller: Address; readonly body: Uint8Array };
}

/** Who may go on: anybody who signed, who is let in now, or an admin who is. */
export type Needs = 'signature' | 'member' | 'admin';

export interface SignatureCheckInit {
  /** The relay that requests must be signed for. */
  readonly relay: Address;
}

export interface SignatureCheckDeps {
  readonly sessionOf: (address: Address) => Session | null;
  readonly nonces: Nonces;
  readonly limitKey: Limit;
  /** Seconds since 1970. */
  readonly nowS: () => number;
}

/**
 * Makes the middleware that reads a bounded body, checks `Authorization: Weft …` over all of the request, and lets each one
 * through once. Throws auth/*, mesh/too-large.
 */
export function createSignatureCheck(
  { relay }: SignatureCheckInit,
  deps: SignatureCheckDeps,
): (needs: Needs) => MiddlewareHandler<SignedEnv> {
  return (needs) => async (c, next) => {
    const header = c.req.header('authorization') ?? null;
    const body = await readBody(c.req.raw);
    const { pathname: path } = new URL(c.req.url);
    const signed = checkAuthorization(header, { relay, method: c.req.method, path, body }, deps.nowS());
    await deps.limitKey.take(signed.address);
    const session = deps.sessionOf(signed.address);
    // Nobody learns whether an account was never here, was blocked or stayed away, and strangers leave nothing behind.
    if (needs !== 'signature' && session === null) {
      throw new WeftError('auth/not-a-member', 'This node is not let in at this relay now.', {
        hints: ['Join the relay first.'],
      });
    }
    if (needs === 'admin' && session?.role !== 'admin') {
      throw new WeftError('auth/not-admin', 'Only an admin of this relay may do this.', {
        hints: ['Ask an admin of the relay.'],
      });
    }
    await deps.nonces.use(signed, session !== null);
    c.set('caller', signed.address);
    c.set('body', body);
    await next();
  };
}

/** At most {@link MAX_SIGNED_BODY_BYTES}; of what is longer no more is read. */
async function readBody(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_SIGNED_BODY_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  if (request.body === null) return new Uint8Array();
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(parts);
    sizeBytes += value.length;
    if (sizeBytes > MAX_SIGNED_BODY_BYTES) {
      await reader.cancel();
      throw tooLarge();
    }
    parts.push(value);
  }
}

function tooLarge(): WeftError {
  return new WeftError('mesh/too-large', `At most ${MAX_SIGNED_BODY_BYTES} bytes can be sent here.`);
}
