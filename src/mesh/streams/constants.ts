/** Bytes handed to the transport at a time; it cuts them to 16,377 itself where it has to. */
export const SEND_SLICE_BYTES = 65_536;
/** What a peer may send on one stream before it is read: below {@link MAX_PAUSED_BYTES}, so that nobody slow is cut off. */
export const STREAM_WINDOW_BYTES = 1_048_576;
/**
 * Whole messages that wait for their reader: above this many bytes the transport is told to pause. A WebRTC channel cannot
 * make its sender wait; there libp2p's own buffer fills to {@link MAX_PAUSED_BYTES} and the stream ends.
 */
export const HIGH_WATER_BYTES = 1_048_576;
export const MAX_PAUSED_BYTES = 4_194_304;
/** What a waiting message costs besides its bytes: many tiny ones count, too. */
export const MESSAGE_OVERHEAD_BYTES = 128;
/** How long an orderly end may take. */
export const CLOSE_WITHIN_MS = 5_000;
