/**
 * What a page may ask the chain: reading, and sending what it signed itself. Everything else is refused, above all what
 * changes a test chain at will (`anvil_*`, `evm_*`), signs for somebody, or leaves something behind on the chain's side
 * (filters, subscriptions).
 */
export const ALLOWED_METHODS: ReadonlySet<string> = new Set([
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_estimateGas',
  'eth_feeHistory',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getCode',
  'eth_getLogs',
  'eth_getStorageAt',
  'eth_getTransactionByHash',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
  'eth_sendRawTransaction',
  'eth_syncing',
  'net_version',
]);

/** The third parameter of `eth_call` rewrites the chain for the call; nobody here needs it. */
export const MAX_PARAMS: Readonly<Record<string, number>> = { eth_call: 2, eth_estimateGas: 2, eth_getLogs: 1 };
