import { sha256 } from '@noble/hashes/sha2.js';
import { hex32 } from '../ids.ts';
import type { Hex32 } from '../ids.ts';
import { canonicalJson } from './canonical-json.ts';

/** SHA-256 and size of one file, as it was checked. */
export interface HashedFile {
  readonly sizeBytes: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
}

/** What a model is, whoever runs it: everything that decides which logits a prompt has. */
export interface ModelParts {
  /** The list of tensors (`tensor-cache.json`, or `ndarray-cache.json` with the same bytes). */
  readonly tensorIndex: HashedFile;
  /** Weight files in the order of that list. */
  readonly weights: readonly HashedFile[];
  /** `tokenizer.json`. */
  readonly tokenizer: HashedFile;
  /** `mlc-chat-config.json`, parsed. */
  readonly chatConfig: {
    readonly quantization: string;
    readonly model_type: string;
    readonly model_config: Readonly<Record<string, unknown>>;
    readonly conv_template: Readonly<Record<string, unknown>>;
  };
}

/** Fields of `model_config` that say how a model is run and not what it is. */
const RUN_FIELDS: ReadonlySet<string> = new Set([
  'context_window_size',
  'prefill_chunk_size',
  'max_batch_size',
  'tensor_parallel_shards',
  'pipeline_parallel_stages',
  'disaggregation',
]);

const TAG = new TextEncoder().encode('weft/manifest/1');

/** Bytes of one digest. */
const DIGEST_BYTES = 32;
/** Bytes of the five. */
export const DIGESTS_BYTES = 5 * DIGEST_BYTES;

/**
 * The model manifest that receipts name: SHA-256 over the tag and five SHA-256 digests, in this order.
 *
 * weights = SHA-256(index sha256[32] ‖ u64 index size ‖ u32 count ‖ (sha256[32] ‖ u64 size)…), big-endian;
 * quantisation = SHA-256(its name in UTF-8); tokenizer = SHA-256 of the file; chat template = SHA-256 of the canonical JSON
 * of `conv_template`; architecture = SHA-256 of the canonical JSON of `{model_config, model_type}` without the fields
 * that say how it is run. The runtime is named beside the manifest, not in it. Throws model/bad-config.
 */
export function modelManifest(parts: ModelParts): Hex32 {
  return manifestOfDigests(manifestDigests(parts));
}

/** The five digests, one after the other. Throws model/bad-config. */
export function manifestDigests(parts: ModelParts): Uint8Array<ArrayBuffer> {
  const { tensorIndex, weights, tokenizer, chatConfig } = parts;
  const list = new Uint8Array(44 + 40 * weights.length);
  const view = new DataView(list.buffer);
  const put = (at: number, file: HashedFile) => {
    list.set(file.sha256, at);
    view.setBigUint64(at + 32, BigInt(file.sizeBytes));
  };
  put(0, tensorIndex);
  view.setUint32(40, weights.length);
  for (const [at, file] of weights.entries()) put(44 + 40 * at, file);

  const digests = new Uint8Array(DIGESTS_BYTES);
  digests.set(sha256(list));
  digests.set(digestsWithoutWeights(tokenizer.sha256, chatConfig), DIGEST_BYTES);
  return digests;
}

/** The last four of the five, which need no weights: what somebody without the model can check. Throws model/bad-config. */
export function digestsWithoutWeights(
  tokenizerSha256: Uint8Array,
  chatConfig: ModelParts['chatConfig'],
): Uint8Array<ArrayBuffer> {
  const network = Object.fromEntries(Object.entries(chatConfig.model_config).filter(([key]) => !RUN_FIELDS.has(key)));
  const architecture = canonicalJson({ model_config: network, model_type: chatConfig.model_type });
  const digests = [
    sha256(new TextEncoder().encode(chatConfig.quantization)),
    tokenizerSha256,
    sha256(new TextEncoder().encode(canonicalJson(chatConfig.conv_template))),
    sha256(new TextEncoder().encode(architecture)),
  ];
  const bytes = new Uint8Array(DIGEST_BYTES * digests.length);
  for (const [at, digest] of digests.entries()) bytes.set(digest, DIGEST_BYTES * at);
  return bytes;
}

/** The manifest that has these five digests. */
export function manifestOfDigests(digests: Uint8Array): Hex32 {
  const bytes = new Uint8Array(TAG.length + DIGESTS_BYTES);
  bytes.set(TAG);
  bytes.set(digests, TAG.length);
  return hex32(sha256(bytes));
}
