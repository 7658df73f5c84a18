import { WeftError } from '../protocol/errors.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { RequestError } from './request-error.ts';

/** What `error` holds in an answer, and in a stream that breaks off. */
interface ErrorBody {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

interface Rule {
  readonly status: number;
  readonly type:
    'invalid_request_error' | 'authentication_error' | 'permission_error' | 'rate_limit_error' | 'api_error';
  /** Where OpenAI has a code of its own that clients know; ours otherwise. */
  readonly code?: string;
}

const RETRY_AFTER_S = 5;
const INTERNAL: Rule = { status: 500, type: 'api_error' };
const BAD: Rule = { status: 400, type: 'invalid_request_error' };
const AWAY: Rule = { status: 503, type: 'api_error' };
const FORBIDDEN: Rule = { status: 403, type: 'permission_error' };

/** Codes that a caller can meet; of any other it learns only that the gateway failed. */
const RULES: Readonly<Partial<Record<ErrorCode, Rule>>> = {
  'gateway/bad-request': BAD,
  'gateway/bad-key': { status: 401, type: 'authentication_error', code: 'invalid_api_key' },
  'gateway/budget': { status: 429, type: 'rate_limit_error', code: 'insufficient_quota' },
  'gateway/rate-limited': { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  'gateway/unknown-model': { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  'gateway/no-page': AWAY,
  'gateway/timeout': { status: 504, type: 'api_error' },
  'app/busy': AWAY,
  'app/no-leader': AWAY,
  'auth/rate-limited': { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  'auth/unavailable': AWAY,
  'auth/not-a-member': FORBIDDEN,
  'infer/not-a-member': FORBIDDEN,
  'infer/busy': AWAY,
  'infer/draining': AWAY,
  'infer/model-not-here': AWAY,
  'infer/price': { status: 402, type: 'invalid_request_error' },
  'infer/too-long': BAD,
  'mesh/no-relay': AWAY,
  'mesh/relay-unreachable': AWAY,
  'mesh/no-provider': AWAY,
  'mesh/not-agreed': FORBIDDEN,
  'mesh/dial-failed': AWAY,
  'mesh/peer-lost': { status: 502, type: 'api_error' },
  'mesh/too-large': { status: 413, type: 'invalid_request_error' },
  'engine/context-full': { ...BAD, code: 'context_length_exceeded' },
  'engine/bad-input': BAD,
  'engine/out-of-memory': AWAY,
  'engine/device-lost': AWAY,
  'engine/no-webgpu': AWAY,
  'engine/no-adapter': AWAY,
  'model/no-vision': BAD,
  'model/unsupported': BAD,
};

/** A failure in OpenAI's form. */
export interface DescribedError {
  readonly status: number;
  readonly body: { readonly error: ErrorBody };
}

/** Of a failure without a rule nothing is told: its text may hold what is not the caller's to know. */
export function describeError(error: unknown): DescribedError {
  const rule = error instanceof WeftError ? RULES[error.code] : undefined;
  if (!(error instanceof WeftError) || rule === undefined) {
    const message = 'The gateway failed; the request was not at fault. Try again in a moment.';
    return { status: 500, body: { error: { message, type: INTERNAL.type, param: null, code: 'app/internal' } } };
  }
  // What the engine advises is for people in a chat.
  const hint = error.code.startsWith('engine/') ? undefined : error.hints[0];
  return {
    status: error instanceof RequestError ? error.status : rule.status,
    body: {
      error: {
        message: hint === undefined ? error.shortMessage : `${error.shortMessage} ${hint}`,
        type: rule.type,
        param: error instanceof RequestError ? error.param : null,
        code: rule.code ?? error.code,
      },
    },
  };
}

/** The answer to a request that failed before anything was said. */
export function errorResponse(error: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, body } = describeError(error);
  const wait = status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER_S) } : {};
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...wait, ...headers } });
}
