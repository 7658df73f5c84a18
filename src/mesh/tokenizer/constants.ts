/** Streams that one peer may have open at a time, and all of them together. */
export const MAX_STREAMS_PER_PEER = 2;
export const MAX_STREAMS = 16;
/** How long a peer may take to say what it wants. */
export const FIRST_MESSAGE_MS = 5_000;
/** How long the next part may take, and the first. */
export const STALL_MS = 30_000;
/** How long all of it may take: a part every half minute would hold up every chat with the model for hours. */
export const KIT_WITHIN_MS = 60_000;
/** How long a consumer may leave a provider waiting. */
export const IDLE_MS = 60_000;
/** Packed tokenizers that are kept for the next who asks. */
export const MAX_PACKED = 2;
/** Longest message of a provider: a part, and what is around it. */
export const MAX_PART_MESSAGE_BYTES = 40_000;
export const MAX_WISH_BYTES = 1_024;
