import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { WeftError } from '../../src/protocol/errors.ts';
import type { ErrorCode } from '../../src/protocol/errors.ts';
import { RETRY_AFTER_S } from './constants.ts';

const STATUS: Readonly<Partial<Record<ErrorCode, ContentfulStatusCode>>> = {
  'app/bad-request': 400,
  'app/busy': 429,
  'auth/missing': 401,
  'auth/malformed': 401,
  'auth/bad-signature': 401,
  'auth/clock': 401,
  'auth/replayed': 401,
  'auth/not-a-member': 403,
  'auth/not-admin': 403,
  'auth/rate-limited': 429,
  'auth/unavailable': 503,
  'mesh/not-admitted': 403,
  'mesh/bad-invite': 403,
  'mesh/invite-expired': 403,
  'mesh/invite-used': 403,
  'mesh/relay-full': 503,
  'mesh/too-large': 413,
};

/** `{code, message, hints}` with the status that fits. What has no status here is our own fault and says nothing more. */
export function answerError(c: Context, error: unknown): Response {
  const known = error instanceof WeftError && STATUS[error.code] !== undefined ? error : internal(error);
  const status = STATUS[known.code] ?? 500;
  c.header('Cache-Control', 'no-store');
  if (status === 401) c.header('WWW-Authenticate', 'Weft');
  if (status === 429 || status === 503) c.header('Retry-After', String(RETRY_AFTER_S));
  return c.json({ code: known.code, message: known.shortMessage, hints: known.hints }, status);
}

function internal(cause: unknown): WeftError {
  return new WeftError('app/internal', 'The relay failed to answer; the request was not at fault.', { cause });
}
