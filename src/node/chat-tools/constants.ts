/** Characters of a call's result that a model is told; a small context holds little more. */
export const MAX_TOLD_CHARS = 2_000;

/** How long one call may take. */
export const CALL_TIMEOUT_MS = 10_000;

/** Rounds of calls in one answer; after the last the model is told of no tools, so that it answers. */
export const MAX_CALL_ROUNDS = 4;

/** Characters of an expression, and brackets within brackets in it. */
export const MAX_EXPRESSION_CHARS = 500;
export const MAX_BRACKETS = 50;

/** Places found in chats that are told. */
export const MAX_FOUND = 6;
