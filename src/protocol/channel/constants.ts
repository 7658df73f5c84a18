/** Items a stream may send before its reader takes any. */
export const DEFAULT_CREDIT = 64;
/** The most credit one frame may grant, and the most a stream may hold. */
export const MAX_CREDIT = 1024;
/** Calls that one channel carries at a time, on either side. */
export const MAX_CALLS = 64;
/** How long an aborted stream may take to end by itself before its reader gets the abort's reason. */
export const CANCEL_GRACE_MS = 1000;
/** Method names longer than this are no frames of ours. */
export const MAX_METHOD_LENGTH = 64;
/** Longest error text and hint that crosses; longer ones are cut by the sender. */
export const MAX_ERROR_TEXT = 4096;
/** Most hints that cross with an error. */
export const MAX_HINTS = 8;
