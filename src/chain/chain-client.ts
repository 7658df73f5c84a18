import { createPublicClient, custom, defineChain, fallback, http } from 'viem';
import type { PublicClient, Transport } from 'viem';
import { WeftError } from '../protocol/errors.ts';
import { MAX_RPC_URLS, RECEIPT_POLL_MS, RPC_TIMEOUT_MS } from './constants.ts';

export interface ChainClientInit {
  readonly chainId: number;
  /** Absolute http(s) addresses, the preferred one first; nothing else is contacted. */
  readonly rpcUrls: readonly string[];
}

/**
 * Reads a chain through the first of its RPCs that answers. Each is asked once for its chain id and not used where that
 * is another: an answer from the wrong chain is worse than none. Throws app/bad-request for addresses that are none.
 */
export function createChainClient({ chainId, rpcUrls }: ChainClientInit): PublicClient {
  if (rpcUrls.length === 0 || rpcUrls.length > MAX_RPC_URLS) {
    throw new WeftError('app/bad-request', `Expected 1 to ${MAX_RPC_URLS} RPC addresses, got ${rpcUrls.length}.`);
  }
  const transports = rpcUrls.map((url) => {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new WeftError('app/bad-request', 'An RPC address must begin with https:// or http://.');
    }
    return onChain(http(url, { timeout: RPC_TIMEOUT_MS, retryCount: 1 }), chainId);
  });
  return createPublicClient({
    chain: defineChain({
      id: chainId,
      name: `chain ${chainId}`,
      nativeCurrency: { name: 'gas', symbol: 'gas', decimals: 18 },
      rpcUrls: { default: { http: rpcUrls } },
    }),
    transport: fallback(transports, { retryCount: 0, rank: false }),
    pollingInterval: RECEIPT_POLL_MS,
    cacheTime: 0,
  });
}

/** The transport, after its chain id was seen once. */
function onChain(transport: Transport, chainId: number): Transport {
  // Out here, because the fallback makes its transports anew for every request.
  let checked: Promise<void> | null = null;
  return (init) => {
    const inner = transport(init);
    const check = async () => {
      const answered: unknown = await inner.request({ method: 'eth_chainId' });
      if (Number(answered) === chainId) return;
      throw new WeftError('chain/wrong-chain', `An RPC serves chain ${Number(answered)}, expected chain ${chainId}.`, {
        hints: ['Whoever hosts this mesh should correct the address of the RPC.'],
      });
    };
    return custom(
      {
        request: async ({ method, params }: { method: string; params?: unknown }) => {
          checked ??= check();
          try {
            await checked;
          } catch (error) {
            // An RPC that did not answer may do so later.
            checked = null;
            throw error;
          }
          return inner.request({ method, params });
        },
      },
      { retryCount: 0 },
    )(init);
  };
}
