import * as v from 'valibot';

/** What the operator decides, from the environment. */
export interface RelayConfig {
  /** Interface to listen on. Default 127.0.0.1: this computer only. */
  readonly host: string;
  /** A port the operator insists on, or null: the first free one from {@link FIRST_PORT}. */
  readonly port: number | null;
}

/** First port tried when none is configured, and how many are tried. */
export const FIRST_PORT = 8080;
export const PORT_ATTEMPTS = 50;

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
});

/** Reads HOST and PORT; throws an Error whose message names the variable and what it must be. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): RelayConfig {
  const parsed = v.safeParse(environment, { HOST: nonEmpty(env['HOST']), PORT: nonEmpty(env['PORT']) });
  if (!parsed.success) throw new Error(parsed.issues[0].message);
  return { host: parsed.output.HOST, port: parsed.output.PORT ?? null };
}

/** An empty variable means the same as none, as shells and compose files write it. */
function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
