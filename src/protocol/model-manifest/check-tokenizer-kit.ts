import { sha256 } from '@noble/hashes/sha2.js';
import * as v from 'valibot';
import { WeftError } from '../errors.ts';
import type { Hex32 } from '../ids.ts';
import { nestingOf } from '../json-nesting.ts';
import { DIGESTS_BYTES, digestsWithoutWeights, manifestOfDigests } from './model-manifest.ts';
import type { TokenizerKit } from './tokenizer-kit.ts';

/** Longest chat configuration that is read. */
export const MAX_CHAT_CONFIG_BYTES = 1_048_576;
/** Deeper than any configuration. */
const MAX_DEPTH = 64;

const record = v.record(v.string(), v.unknown());
const chatConfigSchema = v.object({
  quantization: v.string(),
  model_type: v.string(),
  model_config: v.optional(record, {}),
  conv_template: record,
});

/**
 * Throws model/altered unless tokenizer and chat configuration are those of the model that `manifest` names. Its weights
 * are not looked at: their digest is only what the manifest needs.
 */
export function checkTokenizerKit(manifest: Hex32, { tokenizer, chatConfig, digests }: TokenizerKit): void {
  if (digests.length !== DIGESTS_BYTES) throw altered(`has ${digests.length} bytes of digests, not ${DIGESTS_BYTES}`);
  if (manifestOfDigests(digests) !== manifest) throw altered('names another model');
  const wanted = digests.subarray(DIGESTS_BYTES / 5);
  const config = readChatConfig(chatConfig);
  let found: Uint8Array;
  try {
    found = digestsWithoutWeights(sha256(tokenizer), config);
  } catch (error) {
    throw altered('has a configuration without a canonical form', error);
  }
  if (found.some((byte, at) => byte !== wanted[at])) throw altered('holds files of another model');
}

function readChatConfig(bytes: Uint8Array): v.InferOutput<typeof chatConfigSchema> {
  if (bytes.length > MAX_CHAT_CONFIG_BYTES) throw altered(`has a configuration of ${bytes.length} bytes`);
  let json: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (nestingOf(text) > MAX_DEPTH) throw altered('has a configuration that is nested too deeply');
    json = JSON.parse(text);
  } catch (error) {
    if (error instanceof WeftError) throw error;
    throw altered('has a configuration that is not JSON', error);
  }
  const parsed = v.safeParse(chatConfigSchema, json);
  if (!parsed.success) throw altered("has a configuration that is not in MLC's form");
  return parsed.output;
}

function altered(what: string, cause?: unknown): WeftError {
  return new WeftError('model/altered', `The tokenizer of a model ${what}.`, {
    hints: ['Ask another node.'],
    cause,
  });
}
