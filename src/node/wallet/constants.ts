/** The Web Lock around an action: two tabs of a profile would give two transactions one number. */
export const WALLET_LOCK = 'weft/wallet';
/** Gas that no single transaction of the wallet passes; the first stake is the costliest. */
export const GAS_OF_A_CHANGE = 400_000n;
/** How often the figures are read while somebody looks at them. */
export const READ_EVERY_MS = 15_000;
/** Movements that are kept and shown. */
export const MAX_MOVEMENTS = 200;
/**
 * Movements are looked for in this many blocks before the newest; on a chain of twelve seconds a block, one week. A first
 * reading stays below the calls that a server answers one address in ten seconds.
 */
export const HISTORY_BLOCKS = 50_000n;
/** Test tokens are in a block by then. */
export const FAUCET_TIMEOUT_MS = 60_000;
/** Blocks whose time is asked for at once. */
export const TIMES_AT_ONCE = 10;
