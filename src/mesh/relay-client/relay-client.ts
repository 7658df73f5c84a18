import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import { authorize, NONCE_BYTES } from '../../protocol/mesh/authorization.ts';
import { RELAY_INFO_PATH, SESSION_PATH, STATUS_PATH } from '../../protocol/mesh/constants.ts';
import {
  INVITES_PATH,
  keyListSchema,
  KEYS_PATH,
  madeInviteSchema,
  madeKeySchema,
  memberListSchema,
  MEMBERS_PATH,
} from '../../protocol/mesh/relay-api.ts';
import type { MadeInvite, NewInvite, NewKey, RelayKey, RelayMember } from '../../protocol/mesh/relay-api.ts';
import { openRelayInfo, relayStatusSchema, sessionSchema } from '../../protocol/mesh/relay-info.ts';
import type { RelayInfo, RelaySession, RelayStatus } from '../../protocol/mesh/relay-info.ts';
import { openSignedJson } from '../../protocol/mesh/signed-json.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { askRelay, unreachable } from './ask-relay.ts';
import type { FetchRelay } from './ask-relay.ts';

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One relay over HTTP. Everything throws mesh/relay-unreachable, mesh/relay-changed where another relay than the known one
 * answers, and what the relay refuses with: auth/*, mesh/not-admitted, mesh/relay-full and the invitations' codes. What is
 * signed throws identity/no-key without a signer.
 */
export interface RelayClient {
  /** Who it is; its signature is checked. */
  look(options?: CallOptions): Promise<RelayInfo>;
  /** Asks to be let in, or to stay. */
  session(invite: string | null, options?: CallOptions): Promise<RelaySession>;
  status(options?: CallOptions): Promise<RelayStatus>;
  invite(wanted: NewInvite, options?: CallOptions): Promise<MadeInvite>;
  members(options?: CallOptions): Promise<readonly RelayMember[]>;
  setBlocked(member: Address, isBlocked: boolean, options?: CallOptions): Promise<void>;
  apiKeys(options?: CallOptions): Promise<readonly RelayKey[]>;
  /** The key's text, which is told once. */
  createApiKey(wanted: NewKey, options?: CallOptions): Promise<string>;
  revokeApiKey(id: string, options?: CallOptions): Promise<void>;
}

export interface RelayClientInit {
  /** Origin, `https://relay.example.org`. */
  readonly url: string;
  /** The relay that was joined here; null or left out: whoever answers first. */
  readonly known?: Address | null;
  /** Of one request. Default 10 s. */
  readonly timeoutMs?: number;
}

export interface RelayClientDeps {
  readonly fetch: FetchRelay;
  /** Null: only {@link RelayClient.look} can be asked. */
  readonly signer: NodeSigner | null;
  /** Seconds since 1970, a whole number. */
  readonly nowS: () => number;
  /** Random bytes. */
  readonly random: (sizeBytes: number) => Uint8Array;
}

const TIMEOUT_MS = 10_000;
const MAX_INFO_BYTES = 16_384;
const MAX_ANSWER_BYTES = 262_144;
/** Ids in paths are written by the relay. */
const PATH_PART = /^[\w-]{1,64}$/;

interface Request<Schema extends v.GenericSchema> extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly schema: Schema;
}

/** Throws app/bad-request where the address is none of http or https. */
export function createRelayClient(init: RelayClientInit, deps: RelayClientDeps): RelayClient {
  // Taken out: a browser's fetch wants no object before it.
  const { fetch, signer } = deps;
  const { timeoutMs = TIMEOUT_MS } = init;
  const origin = originOf(init.url);
  let relay = init.known ?? null;

  const look = async ({ signal }: CallOptions = {}): Promise<RelayInfo> => {
    const url = new URL(RELAY_INFO_PATH, origin);
    const json = await askRelay({ url, method: 'GET', maxBytes: MAX_INFO_BYTES, timeoutMs, signal }, fetch);
    try {
      const info = openRelayInfo(json, relay);
      relay = info.address;
      return info;
    } catch (error) {
      if (error instanceof WeftError && error.code === 'mesh/relay-changed') throw error;
      throw unreachable('What answers at this address says nothing of itself that a relay would.', error);
    }
  };

  const ask = async <Schema extends v.GenericSchema>(request: Request<Schema>): Promise<v.InferOutput<Schema>> => {
    const { method, path, schema, signal } = request;
    if (signer === null) {
      throw new WeftError('identity/no-key', 'This device has no key yet to sign the request with.', {
        hints: ['Join the relay: that makes a key.'],
      });
    }
    relay ??= (await look({ signal })).address;
    const url = new URL(path, origin);
    const body = request.body === undefined ? undefined : Uint8Array.from(utf8ToBytes(JSON.stringify(request.body)));
    const authorization = authorize(
      { relay, method, path: url.pathname, body: body ?? new Uint8Array() },
      { nowS: deps.nowS(), nonce: Uint8Array.from(deps.random(NONCE_BYTES)) },
      signer,
    );
    const json = await askRelay(
      {
        url,
        method,
        authorization,
        ...(body === undefined ? {} : { body }),
        maxBytes: MAX_ANSWER_BYTES,
        timeoutMs,
        signal,
      },
      fetch,
    );
    const parsed = v.safeParse(schema, json);
    if (parsed.success) return parsed.output;
    throw unreachable(
      `The relay’s answer cannot be used at ${v.getDotPath(parsed.issues[0]) ?? 'its top'}: it may run another version.`,
    );
  };

  const below = (path: string, part: string) => {
    if (!PATH_PART.test(part)) throw new WeftError('app/bad-request', 'This is no id that a relay gave.');
    return `${path}/${part}`;
  };
  const nothing = v.object({});

  return {
    look,
    session: (invite, options) =>
      ask({ method: 'POST', path: SESSION_PATH, body: { invite }, schema: sessionSchema, ...options }),
    async status(options) {
      const json = await ask({ method: 'GET', path: STATUS_PATH, schema: v.unknown(), ...options });
      let signed;
      try {
        signed = openSignedJson('relay-status', relayStatusSchema, json);
      } catch (error) {
        throw unreachable('What the relay says of its members is not whole.', error);
      }
      if (signed.signer === relay && signed.value.relay === relay) return signed.value;
      throw unreachable('What the relay says of its members is signed by another.');
    },
    invite: (wanted, options) =>
      ask({ method: 'POST', path: INVITES_PATH, body: wanted, schema: madeInviteSchema, ...options }),
    async members(options) {
      return (await ask({ method: 'GET', path: MEMBERS_PATH, schema: memberListSchema, ...options })).members;
    },
    async setBlocked(member, isBlocked, options) {
      const path = below(MEMBERS_PATH, member);
      await ask({ method: 'PATCH', path, body: { isBlocked }, schema: nothing, ...options });
    },
    async apiKeys(options) {
      return (await ask({ method: 'GET', path: KEYS_PATH, schema: keyListSchema, ...options })).keys;
    },
    async createApiKey(wanted, options) {
      return (await ask({ method: 'POST', path: KEYS_PATH, body: wanted, schema: madeKeySchema, ...options })).key;
    },
    async revokeApiKey(id, options) {
      await ask({ method: 'DELETE', path: below(KEYS_PATH, id), schema: nothing, ...options });
    },
  };
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed.origin;
  throw new WeftError('app/bad-request', 'The address of a relay begins with https:// or http://.', {
    hints: ['Copy the whole address once more.'],
  });
}
