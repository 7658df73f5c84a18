import { compactSignatureToSignature, keccak256, parseCompactSignature, serializeTransaction } from 'viem';
import type { Hash, Hex, PublicClient, TransactionReceipt, TransactionSerializableEIP1559 } from 'viem';
import { WeftError } from '../protocol/errors.ts';
import { hex32, toHex } from '../protocol/ids.ts';
import type { Address, Hex32 } from '../protocol/ids.ts';
import { explainChainError, isNoAnswer, isNoReceipt, isNonceTaken } from './chain-error.ts';
import type { ExplainInit } from './chain-error.ts';
import { GAS_MARGIN_PERCENT, RECEIPT_POLL_MS, RECEIPT_TIMEOUT_MS, SUBMIT_ATTEMPTS } from './constants.ts';
import type { TransactionSigner } from './signer.ts';

export interface TransactionRequest {
  /** Null creates a contract. */
  readonly to: Address | null;
  readonly data: Hex;
  /** In wei of the chain's own coin. Default 0. */
  readonly value?: bigint;
}

/** How far a transaction is. */
export type TransactionStep = { readonly status: 'signing' } | { readonly status: 'sent'; readonly hash: Hex32 };

interface SendOptions {
  readonly onStep?: ((step: TransactionStep) => void) | undefined;
  /** Ends the wait; what was sent stays sent. */
  readonly signal?: AbortSignal | undefined;
}

export interface TransactionSender {
  readonly address: Address;
  /**
   * Estimates, signs, sends and waits until the transaction is in a block. Several at once get numbers in the order of
   * the calls. Throws chain/reverted, chain/no-gas, chain/unreachable, chain/not-confirmed, chain/replaced, and what the
   * signer throws.
   */
  readonly send: (request: TransactionRequest, options?: SendOptions) => Promise<TransactionReceipt>;
}

export interface TransactionSenderInit extends ExplainInit {
  readonly client: PublicClient;
  readonly signer: TransactionSigner;
  /** Default {@link RECEIPT_TIMEOUT_MS}. */
  readonly receiptTimeoutMs?: number;
}

/** Sends transactions of one account. There must be one of these per account, or two give the same number twice. */
export function createTransactionSender(init: TransactionSenderInit): TransactionSender {
  const { client, signer } = init;
  const chainId = client.chain?.id;
  if (chainId === undefined) throw new WeftError('app/internal', 'The client has no chain.');
  /** The next number by what was sent from here; the chain's own count may be behind it, or ahead. */
  let nextNonce = 0;
  /** Sent and not yet settled. Without any the chain's count alone holds: it may have dropped what was sent before. */
  let underWay = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };

  const prepare = async ({ to, data, value = 0n }: TransactionRequest) => {
    const account = signer.address;
    const [gas, fees] = await Promise.all([
      client.estimateGas({ account, to, data, value }),
      client.estimateFeesPerGas(),
    ]);
    return {
      type: 'eip1559',
      chainId,
      data,
      value,
      gas: gas + (gas * GAS_MARGIN_PERCENT) / 100n,
      ...fees,
      ...(to === null ? {} : { to }),
    } satisfies TransactionSerializableEIP1559;
  };

  const sign = async (transaction: TransactionSerializableEIP1559): Promise<Hex> => {
    const signature = await signer.sign(hex32(keccak256(serializeTransaction(transaction))));
    return serializeTransaction(transaction, compactSignatureToSignature(parseCompactSignature(toHex(signature))));
  };

  /** Sent, or known to have arrived although the answer got lost. The same bytes twice are one transaction. */
  const submit = async (raw: Hex, signal: AbortSignal | undefined): Promise<Hash> => {
    const hash = keccak256(raw);
    for (let attempt = 1; ; attempt++) {
      try {
        await client.sendRawTransaction({ serializedTransaction: raw });
        return hash;
      } catch (error) {
        // An RPC asked for the second time says that it has it already.
        if (await isKnown(hash)) return hash;
        if (!isNoAnswer(error) || attempt === SUBMIT_ATTEMPTS) throw error;
        await pause(RECEIPT_POLL_MS, signal);
      }
    }
  };
  const isKnown = async (hash: Hash): Promise<boolean> => {
    try {
      await client.getTransaction({ hash });
      return true;
    } catch {
      return false;
    }
  };

  const signAndSubmit = (request: TransactionRequest, options: SendOptions) =>
    inTurn(async () => {
      options.signal?.throwIfAborted();
      const transaction = await prepare(request);
      for (let attempt = 1; ; attempt++) {
        const counted = await client.getTransactionCount({ address: signer.address, blockTag: 'pending' });
        const nonce = attempt === 1 && underWay > 0 ? Math.max(nextNonce, counted) : counted;
        options.onStep?.({ status: 'signing' });
        const raw = await sign({ ...transaction, nonce });
        options.signal?.throwIfAborted();
        try {
          const hash = await submit(raw, options.signal);
          nextNonce = nonce + 1;
          underWay++;
          options.onStep?.({ status: 'sent', hash: hex32(hash) });
          return { hash, nonce };
        } catch (error) {
          // Another device with the same key was quicker; or the chain lost what was sent before.
          nextNonce = 0;
          if (attempt === 1 && isNonceTaken(error)) continue;
          throw error;
        }
      }
    });

  const confirm = async (hash: Hash, nonce: number, signal: AbortSignal | undefined): Promise<TransactionReceipt> => {
    const until = performance.now() + (init.receiptTimeoutMs ?? RECEIPT_TIMEOUT_MS);
    let wasPassed = false;
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await client.getTransactionReceipt({ hash });
      } catch (error) {
        if (!isNoReceipt(error) && !isNoAnswer(error)) throw error;
      }
      // Seen twice: between two questions the block with ours may have come.
      const isPassed = (await client.getTransactionCount({ address: signer.address }).catch(() => 0)) > nonce;
      if (isPassed && wasPassed) {
        throw new WeftError('chain/replaced', 'Another transaction of this account took the place of this one.', {
          hints: ['Look at the movements before you try again.'],
        });
      }
      wasPassed = isPassed;
      if (performance.now() > until) {
        throw new WeftError('chain/not-confirmed', 'The transaction was sent and is in no block yet.', {
          hints: ['Wait, then reload the figures: it may still come.'],
          retryable: false,
        });
      }
      await pause(RECEIPT_POLL_MS, signal);
    }
  };

  return {
    address: signer.address,
    async send(request, options = {}) {
      try {
        const { hash, nonce } = await signAndSubmit(request, options);
        const receipt = await confirm(hash, nonce, options.signal).finally(() => {
          underWay--;
        });
        if (receipt.status === 'success') return receipt;
        // Run again at that block, to learn what the contract said.
        await client.call({
          account: signer.address,
          to: request.to,
          data: request.data,
          value: request.value ?? 0n,
          blockNumber: receipt.blockNumber,
        });
        throw new WeftError('chain/reverted', 'The contract refused this when it was its turn.', {
          hints: ['Reload the figures and try again.'],
        });
      } catch (error) {
        options.signal?.throwIfAborted();
        throw explainChainError(error, init);
      }
    },
  };
}

/** Resolves after the time; rejects with the signal's reason. */
function pause(timeMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, timeMs);
    signal?.addEventListener('abort', end, { once: true });
  });
}
