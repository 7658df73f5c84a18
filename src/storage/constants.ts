/** The IndexedDB database of this origin. */
export const DATABASE_NAME = 'weft';

/** Characters of one message. A question is bounded lower by the composer; an answer by the model's context. */
export const MAX_TEXT_CHARS = 1_000_000;
export const MAX_TITLE_CHARS = 200;
export const MAX_ID_CHARS = 64;

/** Rounds of tool calls in one answer, and characters of one call's result. */
export const MAX_ROUNDS = 16;
export const MAX_RESULT_CHARS = 20_000;

/** Characters of a stored failure's sentence and of each of its hints, and hints; what is longer is cut before it is stored. */
export const MAX_ERROR_CHARS = 2_000;
export const MAX_ERROR_HINTS = 10;

/** The last moment a `Date` can hold, in milliseconds. */
export const LAST_TIME_MS = 8.64e15;

/** Chats in the list, in an export and in an import. */
export const MAX_CHATS = 10_000;
/** Messages of one chat, all branches together. */
export const MAX_MESSAGES_PER_CHAT = 20_000;

/** Bytes of all pictures together: with their chats they fit an export that can be imported again. */
export const MAX_IMAGES_BYTES = 128 * 1024 * 1024;
/** Characters of what a person calls a picture. */
export const MAX_IMAGE_NAME_CHARS = 200;

/** Unreadable records that are reported and counted from one start to the next; the others are only skipped. */
export const MAX_UNREADABLE_REPORTS = 1_000;

/** How long an upgrade waits for other tabs to let go of the old version before it is reported as blocked. */
export const BLOCKED_TIMEOUT_MS = 4_000;

/** Bytes of an import file; what is larger is refused before it is read. */
export const MAX_IMPORT_BYTES = 256 * 1024 * 1024;
