import { WeftError } from '../../protocol/errors.ts';

export interface PutStoredInit {
  readonly url: string;
  /** How texts call it. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Stores one file. Throws download/no-space where the browser gives no more room. */
export async function putStored({ url, name, bytes, headers }: PutStoredInit, cache: Cache): Promise<void> {
  try {
    await cache.put(url, new Response(bytes, { headers }));
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'QuotaExceededError') {
      throw new WeftError('download/no-space', `There is no room for ${name} (${bytes.length} bytes).`, {
        hints: ['Delete a model or free space on the disk, then go on: what is here already stays.'],
        cause,
      });
    }
    throw cause;
  }
}
