import { WeftError } from '../../protocol/errors.ts';

/** The part of `fetch` that models are read with. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** `reload` asks the server itself, `no-cache` whether the cached copy still holds. */
export type CacheMode = 'default' | 'no-cache' | 'reload';

export interface FetchBytesInit {
  /** Absolute. */
  readonly url: string;
  /** How texts call it: the file's name. */
  readonly name: string;
  /** Bytes the file must have, or null where only `maxBytes` is known. */
  readonly sizeBytes: number | null;
  readonly maxBytes: number;
  readonly cache: CacheMode;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes received so far. */
  readonly onBytes?: ((receivedBytes: number) => void) | undefined;
}

/**
 * The body at an address, never more than `maxBytes` in memory. Throws model/fetch (not reachable, no success, a web page
 * instead of the file), model/truncated, model/altered (longer than it must be), model/bad-config (over the limit), and
 * the signal's reason.
 */
export async function fetchBytes(init: FetchBytesInit, fetch: Fetch): Promise<Uint8Array<ArrayBuffer>> {
  const { name, sizeBytes, maxBytes, signal } = init;
  const limit = Math.min(sizeBytes ?? maxBytes, maxBytes);
  if (sizeBytes !== null && sizeBytes > maxBytes) throw tooLong(name, `${sizeBytes} bytes`, maxBytes);
  const response = await request(init, fetch);
  // Allocated at once where the size is known, so that a weight file is in memory once and not twice.
  let bytes = allocate(name, sizeBytes ?? Math.min(limit, 65_536));
  let received = 0;
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) break;
      if (received + value.length > limit) {
        if (sizeBytes === null) throw tooLong(name, 'more', maxBytes);
        throw altered(name, `it is longer than ${sizeBytes} bytes`);
      }
      if (received + value.length > bytes.length) bytes = grown(bytes, received + value.length, limit);
      bytes.set(value, received);
      received += value.length;
      init.onBytes?.(received);
    }
  } catch (cause) {
    await reader?.cancel().catch(() => undefined); // It has failed or is not wanted; the first failure is the one to tell.
    signal?.throwIfAborted();
    if (cause instanceof WeftError) throw cause;
    throw unreachable(init, `the connection broke after ${received} bytes`, cause);
  }
  if (sizeBytes !== null && received < sizeBytes) {
    throw new WeftError('model/truncated', `${name} ends after ${received} of ${sizeBytes} bytes.`, {
      hints: ['Load the model again; if it stays, the copy on the server is incomplete.'],
      retryable: true,
    });
  }
  return received === bytes.length ? bytes : bytes.slice(0, received);
}

/** The error for a file that is not what its publisher wrote. */
export function altered(name: string, detail: string): WeftError {
  return new WeftError('model/altered', `${name} is not the file that the model's manifest describes: ${detail}.`, {
    hints: [
      'Load the model again: the copy in the browser or on the way may be damaged.',
      'If it stays, the copy on the server was changed; do not use it.',
    ],
    retryable: true,
  });
}

async function request(init: FetchBytesInit, fetch: Fetch): Promise<Response> {
  const { url, name, signal } = init;
  let response: Response;
  try {
    // A signal of undefined is not the same as none to every implementation.
    response = await fetch(url, { cache: init.cache, credentials: 'same-origin', ...(signal && { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    // What reads stored files says for itself that one is not there.
    if (cause instanceof WeftError) throw cause;
    throw unreachable(init, 'the server was not reached', cause);
  }
  const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
  if (response.ok && !isPage) return response;
  await response.body?.cancel().catch(() => undefined); // Nothing of it is wanted.
  if (response.ok) throw failed(init, 'the server sent a web page instead', false);
  if (response.status === 404) throw failed(init, 'there is no such file (404)', false);
  throw failed(init, `the server answered ${response.status}`, response.status >= 500 || response.status === 429, [
    `Look at ${url} in a tab: ${name} should download.`,
  ]);
}

function unreachable(init: FetchBytesInit, why: string, cause: unknown): WeftError {
  return new WeftError('model/fetch', `${init.name} could not be loaded: ${why}.`, {
    hints: ['Check the connection, then load again. What is stored in this browser works offline.'],
    retryable: true,
    cause,
  });
}

function failed(init: FetchBytesInit, why: string, retryable: boolean, hints: readonly string[] = []): WeftError {
  return new WeftError('model/fetch', `${init.name} could not be loaded from ${init.url}: ${why}.`, {
    hints: [...hints, 'Check the address of the model; whoever runs this server may have left files out.'],
    retryable,
  });
}

function tooLong(name: string, has: string, maxBytes: number): WeftError {
  return new WeftError('model/bad-config', `${name} has ${has}; at most ${maxBytes} bytes are read.`, {
    hints: ['Choose another model.'],
  });
}

/** A browser that has no room throws a RangeError; to a person it is memory that is missing. */
function allocate(name: string, sizeBytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(sizeBytes);
  } catch (cause) {
    throw new WeftError('engine/out-of-memory', `There is no room for ${name} (${sizeBytes} bytes) in this browser.`, {
      hints: ['Close other tabs, then load again.', 'Choose a smaller model.'],
      retryable: true,
      cause,
    });
  }
}

function grown(bytes: Uint8Array, neededBytes: number, limit: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.min(limit, Math.max(neededBytes, 2 * bytes.length)));
  next.set(bytes);
  return next;
}
