/** How often it is looked whether to say something, and whether the peer did. */
export const TICK_MS = 250;
/** What a pause between two looks counts at most: a page that was asleep has not listened, and heard nothing. */
export const MAX_COUNTED_PAUSE_MS = 1_000;
/** Messages that wait for their reader, and their bytes. */
export const MAX_UNREAD_MESSAGES = 1_024;
export const MAX_UNREAD_BYTES = 8_388_608;
/** How long one message may wait for a peer to take it, though it says that it is there. */
export const SEND_STALL_MS = 30_000;
/** Messages that say only that the peer is alive: so many at once, and so many each second. */
export const MAX_ALIVE_BURST = 600;
export const MAX_ALIVE_PER_S = 20;
/** How long a peer may take to close its side after the last message. */
export const CLOSE_GRACE_MS = 2_000;
