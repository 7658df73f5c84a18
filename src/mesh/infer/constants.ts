/** Streams of jobs that one peer may have open at a time, and all of them together. */
export const MAX_STREAMS_PER_PEER = 16;
export const MAX_STREAMS = 128;
/** How long a peer may take to say what it wants. */
export const FIRST_MESSAGE_MS = 5_000;
/** How long a provider may be alive without a step forward, and without getting to the front of its queue. */
export const STALL_MS = 120_000;
export const QUEUE_STALL_MS = 600_000;
/** How long a provider may be silent while it sends vectors: they come in one long message. */
export const VECTORS_SILENCE_MS = 10_000;
/** How long a consumer may let a provider wait that has tokens for it: others wait behind. */
export const CREDIT_STALL_MS = 30_000;
/** How long one answer may wait for its consumer in all: a token every half minute would hold the GPU for hours. */
export const MAX_HELD_UP_MS = 60_000;
/** How long the end of a stopped answer is waited for. */
export const STOP_GRACE_MS = 1_000;
/** Tokens that come within this time of the last message travel together. */
export const BATCH_MS = 25;
/** Tokens and characters of one message: what the protocol allows, and well below what a message may have. */
export const MAX_BATCH_TOKENS = 256;
export const MAX_BATCH_CHARS = 32_768;
/** Longest text of one token; no tokenizer has one. */
export const MAX_TOKEN_CHARS = 4_096;

/** Longest message of an answer: tokens are few at a time, arguments of a call may be long. */
export const MAX_STEP_BYTES = 1_048_576;

/** How far ahead an offer may expire: the ids of jobs are remembered until then. */
export const MAX_OFFER_LIFETIME_S = 3_600;
/** Job ids that are remembered for one consumer, and consumers. */
export const MAX_JOBS_PER_CONSUMER = 1_024;
export const MAX_CONSUMERS = 256;
