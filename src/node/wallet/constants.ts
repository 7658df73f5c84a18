/** The Web Lock around an action: two tabs of a profile would give two transactions one number. */
export const WALLET_LOCK = 'weft/wallet';
/** How often the figures are read while somebody looks at them. */
export const READ_EVERY_MS = 15_000;
/** Movements that are kept and shown. */
export const MAX_MOVEMENTS = 200;
/**
 * Movements are looked for in this many blocks before the newest; on a chain of twelve seconds a block, two weeks. A first
 * reading stays well below the calls that a server answers one address in ten seconds.
 */
export const HISTORY_BLOCKS = 100_000n;
/** Test tokens are in a block by then. */
export const FAUCET_TIMEOUT_MS = 60_000;
/** Blocks whose time is asked for at once. */
export const TIMES_AT_ONCE = 10;
