import { WeftError } from '../../protocol/errors.ts';
import type { Fetch } from '../session/fetch-bytes.ts';
import {
  FIRST_WAIT_MS,
  MAX_ATTEMPTS,
  MAX_CONTENT_ATTEMPTS,
  MAX_RETRY_AFTER_MS,
  MAX_WAIT_MS,
  STALL_MS,
} from './constants.ts';
import { checkSize, notAFile } from './content-checks.ts';

export interface FetchFileInit {
  /** Absolute. */
  readonly url: string;
  /** How texts call it: the file's name. */
  readonly name: string;
  /** Bytes it must have; null where only `maxBytes` is known. */
  readonly sizeBytes: number | null;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Throws what is wrong with the content. */
  readonly check: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  /** Called with the bytes that are here, and whether another try is waited for. */
  readonly onBytes: (receivedBytes: number, phase: 'downloading' | 'retrying' | 'checking') => void;
}

export interface FetchFileDeps {
  readonly fetch: Fetch;
  /** Resolves after the time, or rejects with the signal's reason. */
  readonly wait: (timeMs: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1: spreads the tries of many pages. */
  readonly random: () => number;
}

/** A failure with the time its server asked to wait. */
interface Failure {
  readonly error: WeftError;
  readonly retryAfterMs: number;
}

/** Codes of a wrong content: another try may bring the right one, many will not. */
const CONTENT_CODES = ['download/altered', 'download/truncated', 'download/not-a-file', 'model/bad-library'];

/**
 * A file from the network, checked, after as many tries as make sense. Throws download/unreachable, download/refused,
 * download/not-a-file, download/truncated, download/altered, model/unsupported (over the limit), engine/out-of-memory, and
 * the signal's reason.
 */
export async function fetchFile(init: FetchFileInit, deps: FetchFileDeps): Promise<Uint8Array<ArrayBuffer>> {
  const { name, sizeBytes, maxBytes } = init;
  if (sizeBytes !== null && sizeBytes > maxBytes) {
    throw new WeftError('model/unsupported', `${name} has ${sizeBytes} bytes; at most ${maxBytes} are read.`, {
      hints: ['Choose another model.'],
    });
  }
  for (let attempt = 1; ; attempt++) {
    const result = await tryOnce(init, deps);
    init.signal.throwIfAborted();
    if (result instanceof Uint8Array) return result;
    const { error, retryAfterMs } = result;
    const most = CONTENT_CODES.includes(error.code) ? MAX_CONTENT_ATTEMPTS : MAX_ATTEMPTS;
    if (!error.retryable || attempt >= most) throw error;
    init.onBytes(0, 'retrying');
    // Between half and the whole of the doubled wait: pages that failed together do not come back together.
    const backoffMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * (0.5 + deps.random() / 2);
    await deps.wait(Math.max(backoffMs, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)), init.signal);
  }
}

async function tryOnce(init: FetchFileInit, deps: FetchFileDeps): Promise<Uint8Array<ArrayBuffer> | Failure> {
  const stalled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(new Error('nothing came any more')), STALL_MS);
  };
  alive();
  try {
    const response = await deps.fetch(init.url, {
      signal: AbortSignal.any([init.signal, stalled.signal]),
      // It is kept in the stores; a second copy in the HTTP cache would only cost space, and may be the bad one.
      cache: 'no-store',
      credentials: 'same-origin',
      referrerPolicy: 'no-referrer',
    });
    const refusal = refused(init, response);
    if (refusal !== null) {
      await response.body?.cancel();
      return refusal;
    }
    const bytes = await readBody(init, response, alive);
    clearTimeout(timer);
    init.onBytes(bytes.length, 'checking');
    await init.check(bytes);
    return bytes;
  } catch (cause) {
    if (cause instanceof WeftError) return { error: cause, retryAfterMs: 0 };
    return { error: unreachable(init, cause), retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

/** Never more than `maxBytes` in memory, once where the size is known. */
async function readBody(init: FetchFileInit, response: Response, alive: () => void): Promise<Uint8Array<ArrayBuffer>> {
  const { name, sizeBytes, maxBytes } = init;
  const limit = sizeBytes ?? maxBytes;
  const parts: Uint8Array[] = [];
  const whole = sizeBytes === null ? null : allocate(name, sizeBytes);
  let received = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    alive();
    if (received + value.length > limit) {
      await reader.cancel();
      if (sizeBytes !== null) checkSize(name, received + value.length, sizeBytes);
      throw notAFile(name, `it is longer than ${maxBytes} bytes`);
    }
    if (whole === null) parts.push(value);
    else whole.set(value, received);
    received += value.length;
    init.onBytes(received, 'downloading');
  }
  // A compressed answer has more bytes than it announces, never fewer.
  const announced = Number(response.headers.get('content-length') ?? 0);
  checkSize(name, received, sizeBytes ?? Math.max(received, announced));
  if (whole !== null) return whole;
  const bytes = allocate(name, received);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function refused({ name, url }: FetchFileInit, response: Response): Failure | null {
  const { status } = response;
  if (response.ok) {
    const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
    return isPage ? { error: notAFile(name, 'it is a web page'), retryAfterMs: 0 } : null;
  }
  const isBusy = status === 408 || status === 425 || status === 429 || status >= 500;
  const { host } = new URL(url);
  const why =
    status === 404
      ? 'there is no such file (404)'
      : status === 401 || status === 403
        ? `it may not be read without an account (${status})`
        : `the server answered ${status}`;
  const error = new WeftError('download/refused', `${name} could not be downloaded from ${host}: ${why}.`, {
    hints: isBusy
      ? ['Wait a while, then try again: what is here already stays.']
      : ['Check the address of the model, or choose another model.'],
    retryable: isBusy,
  });
  return { error, retryAfterMs: isBusy ? retryAfterMsOf(response) : 0 };
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfterMsOf(response: Response): number {
  const value = response.headers.get('retry-after');
  if (value === null) return 0;
  const ms = /^\d+$/u.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

function unreachable({ name, url }: FetchFileInit, cause: unknown): WeftError {
  return new WeftError('download/unreachable', `${name} did not arrive: ${new URL(url).host} could not be reached.`, {
    hints: [
      'Check the connection, then go on: what is here already stays.',
      'A server that does not allow downloads by other pages (CORS) fails like this, too.',
    ],
    retryable: true,
    cause,
  });
}

/** A browser that has no room throws a RangeError; to a person it is memory that is missing. */
function allocate(name: string, sizeBytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(sizeBytes);
  } catch (cause) {
    throw new WeftError('engine/out-of-memory', `There is no room for ${name} (${sizeBytes} bytes) in this browser.`, {
      hints: ['Close other tabs, then go on.', 'Choose a smaller model.'],
      cause,
    });
  }
}
