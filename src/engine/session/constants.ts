/** Longest `weft-manifest.json`: room for 4096 files with the longest names. */
export const MAX_MANIFEST_BYTES = 2_097_152;
/** Longest configuration, list of tensors and tokenizer: far above any published model's. */
export const MAX_CONFIG_BYTES = 1_048_576;
export const MAX_INDEX_BYTES = 33_554_432;
export const MAX_TOKENIZER_BYTES = 67_108_864;
/** Longest golden.json. */
export const MAX_GOLDEN_BYTES = 1_048_576;
/** Longest weight file. One is in memory at a time; MLC cuts at 32 MB but leaves large tensors whole. */
export const MAX_WEIGHT_FILE_BYTES = 1_073_741_824;
/** Most files a manifest lists. */
export const MAX_FILES = 4096;

/** White space between two parts of JSON that an answer must be; without a bound a small model may write nothing else. */
export const MAX_SPACES = 4;

/** Answers and other work that may wait for the one that runs. */
export const MAX_WAITING = 8;

/** A second loss of the GPU within this time is not recovered from. */
export const LOSS_WINDOW_MS = 60_000;

/** Texts of one call for vectors, and characters of one of them: no embedding model reads as many tokens. */
export const MAX_EMBED_INPUTS = 256;
export const MAX_EMBED_CHARS = 100_000;

/** Tokenizers of models on other nodes that are kept ready: one may take a hundred megabytes. */
export const MAX_KEPT_KITS = 4;
