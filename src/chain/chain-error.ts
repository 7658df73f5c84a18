import {
  BaseError,
  ContractFunctionRevertedError,
  decodeErrorResult,
  ExecutionRevertedError,
  FeeCapTooLowError,
  InsufficientFundsError,
  NonceTooLowError,
  RawContractError,
  RpcRequestError,
  TimeoutError,
  TransactionReceiptNotFoundError,
} from 'viem';
import type { Abi, Hex } from 'viem';
import { WeftError } from '../protocol/errors.ts';

/** What a contract's error means for the person who met it. Values arrive as the contract gave them, in order. */
export type RevertSentences = Readonly<
  Record<string, (args: readonly unknown[]) => { readonly sentence: string; readonly hint: string }>
>;

export interface ExplainInit {
  /** Errors of every contract that can be involved. */
  readonly abi: Abi;
  readonly sentences: RevertSentences;
}

/** A failed call or transaction as one typed error; a WeftError passes through, also from within. Throws nothing. */
export function explainChainError(error: unknown, { abi, sentences }: ExplainInit): WeftError {
  // A transport's own words arrive wrapped by the client.
  const own = error instanceof BaseError ? error.walk((one) => one instanceof WeftError) : error;
  if (own instanceof WeftError) return own;
  const revert = revertDataOf(error);
  if (revert !== null) return explainRevert(revert, { abi, sentences }, error);
  if (has(error, InsufficientFundsError)) {
    return new WeftError(
      'chain/no-gas',
      'This account has too little of the chain’s own coin to pay for the transaction.',
      {
        hints: ['Add some to the account, then try again.'],
        cause: error,
        retryable: true,
      },
    );
  }
  if (has(error, NonceTooLowError)) {
    return new WeftError('chain/nonce', 'The transaction was numbered like one that is already in a block.', {
      hints: ['Try again.'],
      cause: error,
      retryable: true,
    });
  }
  if (has(error, FeeCapTooLowError)) {
    return new WeftError('chain/fee', 'The fee rose while the transaction was prepared.', {
      hints: ['Try again.'],
      cause: error,
      retryable: true,
    });
  }
  if (has(error, ExecutionRevertedError)) return explainRevert('0x', { abi, sentences }, error);
  if (has(error, RpcRequestError) && !isOutOfService(error)) {
    return new WeftError('chain/refused', 'The chain did not take this.', {
      hints: ['Reload the figures and try again; if it stays, tell whoever hosts this mesh.'],
      cause: error,
    });
  }
  return new WeftError('chain/unreachable', 'The chain did not answer.', {
    hints: ['Check the connection, then try again.'],
    cause: error,
    retryable: true,
  });
}

function explainRevert(data: Hex, { abi, sentences }: ExplainInit, cause: unknown): WeftError {
  let name: string;
  let args: readonly unknown[];
  try {
    const decoded = decodeErrorResult({ abi, data });
    name = decoded.errorName;
    args = decoded.args ?? [];
  } catch {
    return new WeftError('chain/reverted', 'The contract refused this without saying why.', {
      hints: ['Reload the figures and try again; if it stays, tell whoever hosts this mesh.'],
      cause,
    });
  }
  const explained = Object.hasOwn(sentences, name) ? sentences[name]?.(args) : undefined;
  if (explained === undefined) {
    return new WeftError('chain/reverted', `The contract refused this: ${wordsOf(name)}.`, {
      hints: ['Reload the figures and try again.'],
      cause,
    });
  }
  return new WeftError('chain/reverted', explained.sentence, { hints: [explained.hint], cause });
}

/** "DepositTooSmall" as "deposit too small". */
function wordsOf(name: string): string {
  return name
    .slice(0, 64)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}

/** The bytes that a contract reverted with; null where that is not what happened. */
function revertDataOf(error: unknown): Hex | null {
  if (!(error instanceof BaseError)) return null;
  const found = error.walk(
    (one) => one instanceof ContractFunctionRevertedError || one instanceof RawContractError || hasRevertData(one),
  );
  if (found instanceof ContractFunctionRevertedError) return found.raw ?? '0x';
  const data: unknown = found !== null && 'data' in found ? found.data : undefined;
  const inner = typeof data === 'object' && data !== null && 'data' in data ? data.data : data;
  return isHex(inner) ? inner : null;
}

function hasRevertData(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'data' in error && isHex(error.data);
}

function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x(?:[0-9a-f]{2})*$/i.test(value);
}

interface ErrorKind {
  new (...args: never[]): Error;
  /** What nodes write in such a case; their error codes differ. */
  readonly nodeMessage?: RegExp;
}

function has(error: unknown, kind: ErrorKind): boolean {
  const isOne = (one: unknown) =>
    one instanceof kind ||
    (one instanceof RpcRequestError && kind.nodeMessage?.test(one.details.toLowerCase()) === true);
  return error instanceof BaseError ? error.walk(isOne) !== null : isOne(error);
}

/** EIP-1474: the node has no resources for this now, or takes no more for the moment. */
const OUT_OF_SERVICE: readonly number[] = [-32_002, -32_005];

function isOutOfService(error: unknown): boolean {
  const isOne = (one: unknown) => one instanceof RpcRequestError && OUT_OF_SERVICE.includes(one.code);
  return error instanceof BaseError && error.walk(isOne) !== null;
}

/** True where asking again may help and nothing is known to have happened. */
export function isNoAnswer(error: unknown): boolean {
  return (
    has(error, TimeoutError) ||
    has(error, TypeError) ||
    isOutOfService(error) ||
    (error instanceof WeftError && error.code === 'chain/unreachable')
  );
}

/** True where the number of a transaction is used already. */
export function isNonceTaken(error: unknown): boolean {
  return has(error, NonceTooLowError);
}

/** True where a transaction is in no block yet. */
export function isNoReceipt(error: unknown): boolean {
  return has(error, TransactionReceiptNotFoundError);
}
