/** Chain id of the chain that a relay brings along: "WEFT" in ASCII, far from the ids that public chains use. */
export const EMBEDDED_CHAIN_ID = 0x57_45_46_54;

/** Seconds between blocks while there is something to wait for. */
export const BLOCK_TIME_S = 1;

/**
 * Blocks go on for this long after the last transaction, then rest until the next: every window of the local contracts
 * (settlement's in seconds, tasks' in blocks) is over by then, and a server that runs for months does not fill its disk
 * with empty blocks.
 */
export const ACTIVE_MS = 180_000;

/** How long one call to the chain may take. */
export const CALL_TIMEOUT_MS = 20_000;

/** The chain is started again this often within {@link RESTART_WINDOW_MS}, then it stays down. */
export const MAX_RESTARTS = 5;
export const RESTART_WINDOW_MS = 60_000;

/** Transactions that wait to be mined and stored, at most. */
export const MAX_WAITING = 5_000;
/** Longest raw transaction in bytes; a contract's creation is below 49 KiB (EIP-3860). */
export const MAX_TRANSACTION_BYTES = 131_072;
