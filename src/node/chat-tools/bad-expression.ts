import { WeftError } from '../../protocol/errors.ts';

/** Why an expression has no value, in words that a model can act on. */
export function badExpression(why: string): WeftError {
  return new WeftError('app/bad-request', `The expression cannot be computed: ${why}.`);
}
