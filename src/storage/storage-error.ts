import { WeftError } from '../protocol/errors.ts';

const BLOCKED_HINT = 'Close the other tabs of Weft, then reload this one.';

/** What IndexedDB threw, as a code of ours. A WeftError passes unchanged. */
export function storageError(error: unknown, action: string): WeftError {
  if (error instanceof WeftError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'QuotaExceededError':
      return new WeftError('storage/full', `The browser has no room left: ${action} failed.`, {
        hints: ['Delete chats you no longer need.', 'Free disk space on this device, then try again.'],
        cause: error,
        retryable: true,
      });
    case 'VersionError':
      return newerSchema(error);
    default:
      return new WeftError(
        'storage/unavailable',
        `The browser's storage failed: ${action} failed (${reason(error)}).`,
        {
          hints: ['Reload the page.', 'Allow this site to store data, and leave private browsing.'],
          cause: error,
          retryable: true,
        },
      );
  }
}

export function newerSchema(cause?: unknown): WeftError {
  return new WeftError('storage/newer-schema', 'The chats were saved by a newer version of Weft than this page.', {
    hints: ['Reload this page to get the new version.', BLOCKED_HINT],
    cause,
  });
}

export function blocked(): WeftError {
  return new WeftError('storage/blocked', 'Another tab holds an older version of the chats open.', {
    hints: [BLOCKED_HINT],
    retryable: true,
  });
}

/** One sentence for all records of a kind, so that many become one notice with a count; the cause says which and why. */
export function badRecord(store: 'conversations' | 'messages', key: string, why: string): WeftError {
  const what = store === 'messages' ? 'message' : 'description of a chat';
  return new WeftError('storage/bad-record', `This page cannot read a saved ${what}. It is kept as it is.`, {
    hints: ['Reload this page: a newer version may be able to read it.', 'Nothing else is affected.'],
    cause: new Error(`${store} ${key}: ${why}`),
  });
}

function reason(error: unknown): string {
  if (error instanceof Error && error.message !== '') return error.message;
  return error instanceof DOMException ? error.name : String(error);
}
