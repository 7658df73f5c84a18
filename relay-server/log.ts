import { isIPv6 } from 'node:net';
import { pino } from 'pino';
import type { LogLevel } from './config.ts';

/** What a line may say besides its event: counts, codes and the relay's own words. What looks like a person is taken out. */
type LogFields = Readonly<Record<string, number | boolean | string | null>>;

/** The relay's own log. It has no place for prompts, keys, requests or who made them. */
export interface Log {
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
}

export interface LogInit {
  readonly level: LogLevel;
  /** Lines for a person at a terminal; otherwise one JSON object in each line. */
  readonly isForPeople: boolean;
}

const MAX_TEXT = 500;

/** `write` takes whole lines. */
export function createLog({ level, isForPeople }: LogInit, deps: { readonly write: (line: string) => void }): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // What is not of these kinds has no business here, whoever passes it.
      redact: { paths: ['key', 'prompt', 'text', 'ip', 'address', 'peer', 'authorization', 'token'], remove: true },
    },
    { write: (line) => deps.write(isForPeople ? plain(line) : line) },
  );
  const at =
    (kind: 'error' | 'warn' | 'info' | 'debug') =>
    (event: string, fields: LogFields = {}) =>
      logger[kind](
        Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? scrub(value) : value]),
        ),
        scrub(event),
      );
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** Accounts, peer ids, addresses on the network, and whatever is as long as a key. */
const PERSONAL = [
  /\b0x[0-9a-f]{40,}\b/gi,
  /\b(?:16Uiu2HA|12D3Koo)[1-9A-HJ-NP-Za-km-z]{40,}\b/g,
  /\bweft_[\w-]{20,}/g,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g,
  /\b[\w+/-]{43,}={0,2}/g,
];

function scrub(text: string): string {
  return PERSONAL.reduce((left, pattern) => left.replace(pattern, '…'), text.slice(0, MAX_TEXT)).replace(
    /[0-9a-f:.]*:[0-9a-f:.]*/gi,
    (word) => (isIPv6(word.replace(/[.:]$/, '')) || isIPv6(word) ? '…' : word),
  );
}

function plain(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
  return `${clock} ${String(level)}: ${String(msg)}${rest.join('')}\n`;
}
