import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { modelHostSchema } from '../src/protocol/site-config.ts';
import { DEFAULT_MODEL_HOSTS } from './model-hosts.ts';
import { meshEnvironment, readMeshConfig } from './mesh-config.ts';
import type { MeshConfig } from './mesh-config.ts';

/** Which chain the mesh has: the relay's own, another EVM chain, or none. */
type ChainConfig =
  /** The relay's own where this platform can run one. */
  | { readonly kind: 'default' }
  | { readonly kind: 'embedded' }
  | { readonly kind: 'none' }
  | { readonly kind: 'external'; readonly rpcUrls: readonly string[]; readonly contractsFile: string };

/** What the operator decides, from the environment. */
export interface RelayConfig {
  /** Interface to listen on. Default 127.0.0.1: this computer only. */
  readonly host: string;
  /** A port the operator insists on, or null: the first free one from {@link FIRST_PORT}. */
  readonly port: number | null;
  /** Origins the page may offer to fetch models from, after asking the person; may begin with `*.`. */
  readonly modelHosts: readonly string[];
  /** Folder whose sub-folders are models that this server offers, or null. */
  readonly modelsFolder: string | null;
  /** A proxy in front says in `X-Forwarded-For` who asks. */
  readonly isBehindProxy: boolean;
  /** Where the relay keeps what it must not lose. */
  readonly dataFolder: string;
  /** Names under which the page is reached, besides this computer's own. */
  readonly hosts: readonly string[];
  readonly chain: ChainConfig;
  /** Where the page says that tokens can be bought, or null. */
  readonly onRampUrl: string | null;
  readonly mesh: MeshConfig;
  /** Whoever shows it may read `/metrics` from elsewhere; null: this computer only. */
  readonly metricsToken: string | null;
  readonly logLevel: LogLevel;
}

/** First port tried when none is configured, and how many are tried. */
export const FIRST_PORT = 8080;
export const PORT_ATTEMPTS = 50;

/** Which lines are written, the more the later in this list. */
const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const MAX_MODEL_HOSTS = 32;
const MAX_RPC_URLS = 8;
const MAX_HOSTS = 32;
const DEFAULT_DATA_FOLDER = fileURLToPath(new URL('../.weft/', import.meta.url));

const environment = v.object({
  HOST: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1)), '127.0.0.1'),
  PORT: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,5}$/, 'PORT must be a number from 1 to 65535'),
      v.transform(Number),
      v.minValue(1, 'PORT must be a number from 1 to 65535'),
      v.maxValue(65_535, 'PORT must be a number from 1 to 65535'),
    ),
  ),
  WEFT_MODEL_HOSTS: v.optional(v.string()),
  WEFT_MODELS_DIR: v.optional(v.string()),
  WEFT_BEHIND_PROXY: v.optional(v.picklist(['yes', 'no'], 'WEFT_BEHIND_PROXY must be yes or no'), 'no'),
  WEFT_DATA_DIR: v.optional(v.string()),
  WEFT_HOSTS: v.optional(v.string(), ''),
  WEFT_CHAIN: v.optional(v.picklist(['embedded', 'none'], 'WEFT_CHAIN must be embedded or none')),
  WEFT_RPC_URL: v.optional(v.string()),
  WEFT_CONTRACTS: v.optional(v.string()),
  WEFT_ONRAMP_URL: v.optional(v.string()),
  WEFT_METRICS_TOKEN: v.optional(
    v.pipe(v.string(), v.regex(/^[\w.~+/=-]{16,200}$/, 'WEFT_METRICS_TOKEN must be 16 to 200 letters and digits')),
  ),
  WEFT_LOG: v.optional(v.picklist(LOG_LEVELS, `WEFT_LOG must be one of ${LOG_LEVELS.join(', ')}`), 'warn'),
  ...meshEnvironment,
});

/** Reads the environment; throws an Error whose message names the variable and what it must be. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): RelayConfig {
  const given = Object.fromEntries(Object.keys(environment.entries).map((name) => [name, nonEmpty(env[name])]));
  const parsed = v.safeParse(environment, given);
  if (!parsed.success) throw new Error(sentenceOf(parsed.issues[0]));
  const { HOST, PORT, WEFT_MODEL_HOSTS, WEFT_MODELS_DIR, WEFT_BEHIND_PROXY, WEFT_ONRAMP_URL } = parsed.output;
  const hosts = readNames(parsed.output.WEFT_HOSTS);
  const chain = readChain(parsed.output);
  const isBehindProxy = WEFT_BEHIND_PROXY === 'yes';
  return {
    host: HOST,
    port: PORT ?? null,
    modelHosts: WEFT_MODEL_HOSTS === undefined ? DEFAULT_MODEL_HOSTS : readHosts(WEFT_MODEL_HOSTS),
    modelsFolder: WEFT_MODELS_DIR ?? null,
    isBehindProxy,
    dataFolder: resolve(parsed.output.WEFT_DATA_DIR ?? DEFAULT_DATA_FOLDER),
    hosts,
    chain,
    onRampUrl: WEFT_ONRAMP_URL === undefined ? null : readWebUrl('WEFT_ONRAMP_URL', WEFT_ONRAMP_URL, /^https:$/),
    mesh: readMeshConfig(parsed.output, { host: HOST, isBehindProxy, hosts, hasChain: chain.kind !== 'none' }),
    metricsToken: parsed.output.WEFT_METRICS_TOKEN ?? null,
    logLevel: parsed.output.WEFT_LOG,
  };
}

/** Names the variable where the schema's own sentence does not. */
function sentenceOf(issue: v.BaseIssue<unknown>): string {
  const name = v.getDotPath(issue) ?? '';
  return issue.message.startsWith(name) ? issue.message : `${name} cannot be used: ${issue.message}.`;
}

function readChain({ WEFT_CHAIN, WEFT_RPC_URL, WEFT_CONTRACTS }: v.InferOutput<typeof environment>): ChainConfig {
  if (WEFT_RPC_URL === undefined && WEFT_CONTRACTS === undefined) return { kind: WEFT_CHAIN ?? 'default' };
  if (WEFT_CHAIN !== undefined) {
    throw new Error(`WEFT_CHAIN=${WEFT_CHAIN} and WEFT_RPC_URL exclude one another. Leave one of them out.`);
  }
  if (WEFT_RPC_URL === undefined || WEFT_CONTRACTS === undefined) {
    throw new Error(
      'A chain of its own address needs both WEFT_RPC_URL and WEFT_CONTRACTS, the file of npm run deploy.',
    );
  }
  const rpcUrls = listOf(WEFT_RPC_URL).map((url) => readWebUrl('WEFT_RPC_URL', url, /^https?:$/));
  if (rpcUrls.length === 0 || rpcUrls.length > MAX_RPC_URLS) {
    throw new Error(`WEFT_RPC_URL names ${rpcUrls.length} addresses; 1 to ${MAX_RPC_URLS} are possible.`);
  }
  return { kind: 'external', rpcUrls, contractsFile: resolve(WEFT_CONTRACTS) };
}

/** The value is not repeated: the address of an RPC often holds the operator's key. */
function readWebUrl(name: string, text: string, protocols: RegExp): string {
  const url = text.trim();
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !protocols.test(parsed.protocol) || parsed.username !== '' || url.length > 600) {
    const example = protocols.test('http:')
      ? 'https://rpc.example.org or http://localhost:8545'
      : 'https://example.org';
    throw new Error(`${name} must be a web address such as ${example}, without a user name.`);
  }
  return parsed.href;
}

function readNames(text: string): readonly string[] {
  const names = listOf(text.toLowerCase());
  for (const name of names) {
    if (/^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/.test(name)) continue;
    throw new Error(
      `WEFT_HOSTS holds "${name}". Write names such as chat.example.org, without https:// and without a port.`,
    );
  }
  if (names.length > MAX_HOSTS)
    throw new Error(`WEFT_HOSTS holds ${names.length} names; at most ${MAX_HOSTS} are possible.`);
  return [...new Set(names)];
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** An empty variable means the same as none, as shells and compose files write it. */
function nonEmpty(value: string | undefined): string | undefined {
  return value?.trim() === '' ? undefined : value;
}

/** These become part of the page's policy, so whatever is not exactly an origin is refused. */
function readHosts(text: string): readonly string[] {
  if (text.trim() === 'none') return [];
  const hosts = listOf(text);
  for (const host of hosts) {
    if (v.safeParse(modelHostSchema, host).success) continue;
    throw new Error(
      `WEFT_MODEL_HOSTS holds "${host}". Write origins such as https://huggingface.co or https://*.example.org, ` +
        'without a path, in lower case and separated by commas; or none.',
    );
  }
  if (hosts.length > MAX_MODEL_HOSTS) {
    throw new Error(`WEFT_MODEL_HOSTS names ${hosts.length} hosts; at most ${MAX_MODEL_HOSTS} are possible.`);
  }
  return [...new Set(hosts)];
}
