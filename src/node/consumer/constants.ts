/** Characters of one question. */
export const MAX_QUESTION_CHARS = 100_000;

/** How often the text of a running answer is stored. */
export const SAVE_EVERY_MS = 200;

/** How long a stopped answer may take to hand over its last words and figures. */
export const STOP_GRACE_MS = 250;

/** How long a verb waits for the chat's lock: a tab that closes an orphaned answer holds it briefly. */
export const LOCK_WAIT_MS = 400;

/** Characters of an automatic title. */
export const TITLE_CHARS = 60;

/** Characters of a recap, however large the context. */
export const MAX_RECAP_CHARS = 4_000;
