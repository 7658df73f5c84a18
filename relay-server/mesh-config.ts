import { resolve } from 'node:path';
import * as v from 'valibot';
import { parseEther } from 'viem';
import { address } from '../src/protocol/ids.ts';
import { shownField } from '../src/protocol/mesh/fields.ts';
import { ADMISSION_MODES, iceServersSchema } from '../src/protocol/mesh/relay-info.ts';
import type { AdmissionMode, IceServer } from '../src/protocol/mesh/relay-info.ts';
import type { AllowList } from './members/allow-list.ts';

/** What the operator decides about the mesh. */
export interface MeshConfig {
  readonly admission: AdmissionMode;
  /** Null unless `admission` is `allow-list`. */
  readonly allow: AllowList | null;
  /** What an account must hold where `admission` is `token`. */
  readonly minimumWei: bigint;
  /** As people read it. */
  readonly name: string;
  /** A sentence on who runs it, or null. */
  readonly about: string | null;
  /** Servers that pages use to find a direct way to one another; none by default, and none but these. */
  readonly iceServers: readonly IceServer[];
  /** PostgreSQL, or null: a database of its own in the data folder. */
  readonly databaseUrl: string | null;
  /** Origins of other relays of the same mesh: this page may use them, and their pages this relay. */
  readonly relays: readonly string[];
}

const MAX_LIST = 10_000;
const MAX_RELAYS = 8;
/** A URL may hold more than a policy may. */
const ORIGIN = /^https?:\/\/(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|\[[\da-f:]{2,45}\])(?::\d{1,5})?$/;
const DEFAULT_NAME = 'Weft relay';

/** The variables of the mesh; they belong to the whole environment. */
export const meshEnvironment = {
  WEFT_ADMISSION: v.optional(
    v.picklist(ADMISSION_MODES, `WEFT_ADMISSION must be one of ${ADMISSION_MODES.join(', ')}`),
  ),
  WEFT_ALLOW: v.optional(v.string()),
  WEFT_MIN_TOKENS: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,12}(?:\.\d{1,18})?$/, 'WEFT_MIN_TOKENS must be a number of tokens such as 100')),
    '1',
  ),
  WEFT_NAME: v.optional(v.pipe(shownField(80), v.minLength(1)), DEFAULT_NAME),
  WEFT_ABOUT: v.optional(shownField(300)),
  WEFT_ICE_SERVERS: v.optional(v.string(), ''),
  WEFT_RELAYS: v.optional(v.string(), ''),
  DATABASE_URL: v.optional(v.string()),
};
type MeshValues = v.InferOutput<v.ObjectSchema<typeof meshEnvironment, undefined>>;

/** What decides who may come in where the operator does not say. */
export interface Surroundings {
  readonly host: string;
  readonly isBehindProxy: boolean;
  readonly hosts: readonly string[];
  readonly hasChain: boolean;
}

/** Reads what concerns the mesh; throws an Error whose message names the variable and what it must be. */
export function readMeshConfig(env: MeshValues, around: Surroundings): MeshConfig {
  const admission = env.WEFT_ADMISSION ?? (isForOneComputer(around) ? 'open' : 'invite');
  if ((admission === 'bonded' || admission === 'token') && !around.hasChain) {
    throw new Error(`WEFT_ADMISSION=${admission} asks a chain who may come in, and WEFT_CHAIN=none. Choose another.`);
  }
  return {
    admission,
    allow: readAllow(admission, env.WEFT_ALLOW),
    minimumWei: parseEther(env.WEFT_MIN_TOKENS),
    name: env.WEFT_NAME,
    about: env.WEFT_ABOUT ?? null,
    iceServers: readIceServers(env.WEFT_ICE_SERVERS),
    databaseUrl: env.DATABASE_URL === undefined ? null : readDatabaseUrl(env.DATABASE_URL),
    relays: readRelays(env.WEFT_RELAYS),
  };
}

/** Nobody but this computer's user can reach it, as far as can be told. */
function isForOneComputer({ host, isBehindProxy, hosts }: Surroundings): boolean {
  return (
    (/^127(?:\.\d{1,3}){3}$/.test(host) || host === '::1' || host === 'localhost') &&
    !isBehindProxy &&
    hosts.length === 0
  );
}

function readAllow(admission: AdmissionMode, text: string | undefined): AllowList | null {
  if (admission !== 'allow-list') {
    if (text === undefined) return null;
    throw new Error(
      `WEFT_ALLOW is a list for WEFT_ADMISSION=allow-list, and that is ${admission}. Change one of them.`,
    );
  }
  if (text === undefined) {
    throw new Error(
      'WEFT_ADMISSION=allow-list needs WEFT_ALLOW: addresses separated by commas, or a file with one in each line.',
    );
  }
  if (!text.trim().startsWith('0x')) return { file: resolve(text.trim()) };
  const addresses = text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
  const wrong = addresses.findIndex((part) => !/^0x[0-9a-f]{40}$/.test(part));
  if (wrong !== -1 || addresses.length > MAX_LIST) {
    throw new Error(
      wrong === -1
        ? `WEFT_ALLOW names ${addresses.length} addresses; at most ${MAX_LIST} are possible.`
        : `Entry ${wrong + 1} of WEFT_ALLOW is no address: 0x and 40 hexadecimal digits are expected.`,
    );
  }
  return { addresses: [...new Set(addresses)].map((part) => address(part)) };
}

/** Addresses separated by commas, or JSON where a server wants a name and a password. The value is not repeated. */
function readIceServers(text: string): readonly IceServer[] {
  let servers: unknown;
  try {
    servers = text.trim().startsWith('[')
      ? JSON.parse(text)
      : text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
          .map((url) => ({ urls: [url] }));
  } catch {
    servers = null;
  }
  const parsed = v.safeParse(iceServersSchema, servers);
  if (parsed.success) return parsed.output;
  throw new Error(
    'WEFT_ICE_SERVERS cannot be used. Write stun:stun.example.org:3478,turn:… or, with a password, ' +
      '[{"urls":["turn:turn.example.org:3478"],"username":"…","credential":"…"}].',
  );
}

function readDatabaseUrl(text: string): string {
  if (URL.canParse(text.trim()) && /^postgres(?:ql)?:$/.test(new URL(text.trim()).protocol)) return text.trim();
  throw new Error('DATABASE_URL must be the address of a PostgreSQL, such as postgres://name:password@host/database.');
}

/** They become part of the page's policy, so whatever is not exactly an origin is refused. */
function readRelays(text: string): readonly string[] {
  const origins = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const origin of origins) {
    if (ORIGIN.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin) continue;
    throw new Error(`WEFT_RELAYS holds "${origin}". Write origins such as https://relay.example.org, without a path.`);
  }
  if (origins.length > MAX_RELAYS) {
    throw new Error(`WEFT_RELAYS names ${origins.length} relays; at most ${MAX_RELAYS} are possible.`);
  }
  return [...new Set(origins)];
}
