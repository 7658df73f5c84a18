import * as v from 'valibot';
import { modelHostSchema } from '../src/protocol/site-config.ts';
import { DEFAULT_MODEL_HOSTS } from './model-hosts.ts';

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
}

/** First port tried when none is configured, and how many are tried. */
export const FIRST_PORT = 8080;
export const PORT_ATTEMPTS = 50;

const MAX_MODEL_HOSTS = 32;

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
});

/** Reads the environment; throws an Error whose message names the variable and what it must be. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): RelayConfig {
  const given = Object.fromEntries(Object.keys(environment.entries).map((name) => [name, nonEmpty(env[name])]));
  const parsed = v.safeParse(environment, given);
  if (!parsed.success) throw new Error(parsed.issues[0].message);
  const { HOST, PORT, WEFT_MODEL_HOSTS, WEFT_MODELS_DIR, WEFT_BEHIND_PROXY } = parsed.output;
  return {
    host: HOST,
    port: PORT ?? null,
    modelHosts: WEFT_MODEL_HOSTS === undefined ? DEFAULT_MODEL_HOSTS : readHosts(WEFT_MODEL_HOSTS),
    modelsFolder: WEFT_MODELS_DIR ?? null,
    isBehindProxy: WEFT_BEHIND_PROXY === 'yes',
  };
}

/** An empty variable means the same as none, as shells and compose files write it. */
function nonEmpty(value: string | undefined): string | undefined {
  return value?.trim() === '' ? undefined : value;
}

/** These become part of the page's policy, so whatever is not exactly an origin is refused. */
function readHosts(text: string): readonly string[] {
  if (text.trim() === 'none') return [];
  const hosts = text
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '');
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
