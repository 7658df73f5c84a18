import * as v from 'valibot';
import type { Fetch } from '../../engine/session/fetch-bytes.ts';
import { WeftError } from '../../protocol/errors.ts';
import { hex32 } from '../../protocol/ids.ts';
import type { Address, Hex32 } from '../../protocol/ids.ts';
import { FAUCET_PATH } from '../../protocol/site-chain.ts';
import { FAUCET_TIMEOUT_MS } from './constants.ts';

export interface AskFaucetInit {
  readonly origin: string;
  readonly address: Address;
  readonly signal?: AbortSignal | undefined;
}

const MAX_REASON_CHARS = 200;
const answerSchema = v.object({
  transaction: v.pipe(
    v.string(),
    v.regex(/^0x[0-9a-f]{64}$/),
    v.transform((text) => hex32(text)),
  ),
});

/** Asks the page's server for test tokens; they have arrived when this resolves. Throws chain/faucet. */
export async function askFaucet(
  { origin, address, signal }: AskFaucetInit,
  deps: { readonly fetch: Fetch },
): Promise<Hex32> {
  const patience = AbortSignal.timeout(FAUCET_TIMEOUT_MS);
  let reason = 'The server did not give test tokens.';
  try {
    const response = await deps.fetch(new URL(FAUCET_PATH, origin).href, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ address }),
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    if (response.ok) return v.parse(answerSchema, await response.json()).transaction;
    // The server's own words, where they are words.
    const text = (await response.text()).trim();
    if (/^[A-Z][^<>]*\.$/.test(text) && text.length <= MAX_REASON_CHARS) reason = text;
  } catch (cause) {
    signal?.throwIfAborted();
    throw refused(reason, cause);
  }
  throw refused(reason);
}

function refused(reason: string, cause?: unknown): WeftError {
  return new WeftError('chain/faucet', reason, { hints: ['Try again later.'], cause, retryable: true });
}
