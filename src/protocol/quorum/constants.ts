/** The A-Chain bridge's public format: what is exported here verifies there. */
export const INTENT_DOMAIN = 'lux/aivmbridge/intent/v1';
export const RECEIPT_DOMAIN = 'lux/aivmbridge/receipt/v1';
/** Tasks that began here and not on another chain. */
export const TASK_DOMAIN = 'weft/task/1';

export const RECEIPT_VERSION = 1;
export const RECEIPT_BYTES = 355;
export const HASH_BYTES = 32;
export const ADDRESS_BYTES = 20;

/** Most nodes that a draw chooses from: the contract refuses more. */
export const MAX_ELIGIBLE = 256;
/** Most leaves of one tree: far above what a contract will settle, and within 32-bit shifts. */
export const MAX_LEAVES = 2 ** 30;
