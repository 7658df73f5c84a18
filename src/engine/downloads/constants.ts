/** Cache API stores of WebLLM 0.2.86 (its `reloadInternal` and `asyncLoadTokenizer`): shared, so that nothing is fetched twice. */
export const CONFIG_STORE = 'webllm/config';
export const LIBRARY_STORE = 'webllm/wasm';
export const MODEL_STORE = 'webllm/model';
/** Ours: what each stored folder consists of, under the address of its `weft-manifest.json`. */
export const MANIFEST_STORE = 'weft/manifests';

export const MANIFEST_NAME = 'weft-manifest.json';
export const CONFIG_NAME = 'mlc-chat-config.json';
/** MLC's list of weights; what older repositories call `ndarray-cache.json` is stored under this name, too. */
export const INDEX_NAME = 'tensor-cache.json';
export const OLD_INDEX_NAME = 'ndarray-cache.json';
export const TOKENIZER_NAME = 'tokenizer.json';
export const OLD_TOKENIZER_NAME = 'tokenizer.model';
export const GOLDEN_NAME = 'golden.json';

/** Files on the way at a time: enough for one connection's bandwidth. */
export const MAX_PARALLEL_FILES = 3;
/** Their bytes, which are in memory together; a file that is larger comes alone. MLC's are 32 MB, single tensors more. */
export const MAX_PARALLEL_BYTES = 268_435_456;
/** Tries of one file, the first one included. */
export const MAX_ATTEMPTS = 5;
/** Tries of a file whose content is wrong: once more from the server itself, then it is the server's. */
export const MAX_CONTENT_ATTEMPTS = 2;
/** Wait before the second try; doubled for each further one. */
export const FIRST_WAIT_MS = 1000;
export const MAX_WAIT_MS = 30_000;
/** The longest `Retry-After` that is waited for. */
export const MAX_RETRY_AFTER_MS = 120_000;
/** A connection that brings nothing for this long is broken. */
export const STALL_MS = 45_000;

/** Longest name of a file in a text. */
export const MAX_NAME_CHARS = 200;
/** Largest compiled library: far above any published one. */
export const MAX_LIBRARY_BYTES = 268_435_456;
/** Left free on the disk beside a model: chats, and what the browser itself writes. */
export const SPACE_MARGIN_BYTES = 67_108_864;
/** Most shards of a model: a manifest lists no more files. */
export const MAX_SHARDS = 4000;

/** Least time between two reports of progress. */
export const REPORT_EVERY_MS = 250;
/** Progress is reported this often even where nothing comes. */
export const TICK_MS = 1000;
/** Speed is measured over this time. */
export const SPEED_WINDOW_MS = 5000;
