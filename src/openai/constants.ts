/** Bytes of one request: a question of the mesh (8 MiB) whose pictures are written in base64. */
export const MAX_BODY_BYTES = 12_582_912;
/** Brackets within brackets of one request; what reads JSON recurses. */
export const MAX_BODY_NESTING = 64;
/** For one request's body to arrive. */
export const BODY_TIMEOUT_MS = 60_000;
/** For one answer, from its question to its last token. */
export const ANSWER_TIMEOUT_MS = 900_000;
/** After so long without a token the client hears a comment: proxies end what is silent. */
export const KEEP_ALIVE_MS = 10_000;
/** Requests under way in one handler. */
export const MAX_AT_ONCE = 64;
/** Of those, requests of one {@link Access.key}. */
export const MAX_PER_KEY = 16;
/** Texts of one request for vectors, and characters of one. */
export const MAX_EMBED_INPUTS = 256;
export const MAX_EMBED_CHARS = 100_000;
/** Candidates of PAR-1's sampler, all of them: the API has no field for fewer. */
export const TOP_K = 32;
/** What `/v1/completions` writes where nothing is said; OpenAI's own default. */
export const COMPLETION_TOKENS = 16;
