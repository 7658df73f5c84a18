import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { refusalOf } from './refusals.ts';

export interface RelayQuestion {
  readonly url: URL;
  readonly method: string;
  readonly authorization?: string;
  /** JSON; none where it is empty. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const refusalSchema = v.object({ code: v.pipe(v.string(), v.maxLength(40)) });

/** The part of `fetch` that relays are asked with. */
export type FetchRelay = (url: string, init: RequestInit) => Promise<Response>;

/**
 * The JSON that a relay answers; a refusal is thrown as what its code stands for. Throws mesh/relay-unreachable for
 * everything that is no answer of a relay, and the signal's reason.
 */
export async function askRelay(question: RelayQuestion, fetch: FetchRelay): Promise<unknown> {
  const { url, method, authorization, body, maxBytes, timeoutMs, signal } = question;
  const patience = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let json: unknown;
  try {
    response = await fetch(url.href, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    json = JSON.parse(await readText(response, maxBytes));
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable('The relay did not answer, or not to a page of this address.', error);
  }
  if (response.ok) return json;
  const parsed = v.safeParse(refusalSchema, json);
  const refusal = parsed.success ? refusalOf(parsed.output.code) : null;
  throw refusal ?? unreachable(`The relay answered with status ${response.status} and no reason.`);
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let sizeBytes = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return text;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    sizeBytes += value.length;
    if (sizeBytes > maxBytes) {
      await reader.cancel();
      throw new RangeError(`An answer has more than ${maxBytes} bytes.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** No way to the relay, or something else answers there. */
export function unreachable(sentence: string, cause?: unknown): WeftError {
  return new WeftError('mesh/relay-unreachable', sentence, {
    hints: ['Check the connection and the relay’s address; then ask whoever runs it.'],
    cause,
    retryable: true,
  });
}
