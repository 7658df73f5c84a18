/** How long one call to an RPC may take before the next is asked. */
export const RPC_TIMEOUT_MS = 10_000;
/** A transaction that is not in a block after this long is reported as not confirmed; it may still come. */
export const RECEIPT_TIMEOUT_MS = 180_000;
/** How often a receipt is asked for. */
export const RECEIPT_POLL_MS = 1_000;
/** A chain that is started again answers within some seconds; a transaction is handed over this often, once a second. */
export const SUBMIT_ATTEMPTS = 10;
/** Added to an estimate: state may have moved until the transaction is in a block. */
export const GAS_MARGIN_PERCENT = 20n;
/** Blocks of one `eth_getLogs`; every RPC in use takes as many. */
export const LOG_SPAN_BLOCKS = 2_000n;
/** Blocks that an event reader remembers, to find the last one that a reorganisation left in place. */
export const MAX_CHECKPOINTS = 64;
/** RPC addresses that one chain may have. */
export const MAX_RPC_URLS = 8;
/** Entries of a batch's list that are looked through: more than a block's gas pays for. */
export const MAX_LIST_ENTRIES = 16_384;
/** Hex digits of a posted batch's event: two lists of 32 bytes an entry, and room for the signers. */
export const MAX_BATCH_DIGITS = 2 * (2 * MAX_LIST_ENTRIES * 32 + 65_536);
/** Batches of an account that are remembered until they are final. */
export const MAX_BATCHES_KEPT = 1_000;
/** Tasks of several nodes that an account paid for and that are remembered until they end. */
export const MAX_TASKS_KEPT = 1_000;
/** Cuts of an account's figures that are remembered, per batch. */
export const MAX_CUTS_KEPT = 1_000;
