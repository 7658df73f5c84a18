import type { WeftError } from '../protocol/errors.ts';
import { ALL_ERRORS } from './all-errors.ts';
import { explainChainError } from './chain-error.ts';
import { REVERT_SENTENCES } from './revert-sentences.ts';

/** What the errors of a network's contracts mean. */
export const NETWORK_ERRORS = { abi: ALL_ERRORS, sentences: REVERT_SENTENCES };

/** A failed call of a network's contracts as one typed error. */
export function explainNetworkError(error: unknown): WeftError {
  return explainChainError(error, NETWORK_ERRORS);
}
