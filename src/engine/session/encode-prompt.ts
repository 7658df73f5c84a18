import { WeftError } from '../../protocol/errors.ts';
import { hex32 } from '../../protocol/ids.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { checkTokenizerKit } from '../../protocol/model-manifest/check-tokenizer-kit.ts';
import type { TokenizerKit } from '../../protocol/model-manifest/tokenizer-kit.ts';
import { grammarHashOf } from '../../protocol/par1/grammar-hash.ts';
import { tokensHash } from '../../protocol/par1/tokens-hash.ts';
import type { EncodedPrompt, EncodePromptRequest } from '../engine.ts';
import { chatPartsOf } from './chat-parts.ts';
import { checkEncodePrompt } from './check-request.ts';
import { checkTokenizerRules } from './check-tokenizer-rules.ts';
import { CONFIG_FILE, TOKENIZER_FILE } from './folder-parts.ts';
import { MAX_KEPT_KITS, MAX_TOKENIZER_BYTES } from './constants.ts';
import { parseModelSummary } from './model-summary.ts';
import { parseJsonFile } from './parse-json-file.ts';
import { visionOf } from './picture-positions.ts';
import { planPrompt } from './plan-prompt.ts';
import type { PlanPromptDeps } from './plan-prompt.ts';

/** Writes prompts for models that are elsewhere. */
export interface PromptEncoder {
  /** As the engine's `encodePrompt`; at once, since there is nothing to wait for. */
  encode(request: EncodePromptRequest): EncodedPrompt;
}

/** Keeps the tokenizers of the models it was last asked for. */
export function createPromptEncoder(): PromptEncoder {
  const kept = new Map<Hex32, PlanPromptDeps>();

  const partsOf = (manifest: Hex32, kit: TokenizerKit): PlanPromptDeps => {
    const parts = kept.get(manifest) ?? openKit(manifest, kit);
    kept.delete(manifest);
    kept.set(manifest, parts);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT_KITS) break;
      kept.delete(oldest);
    }
    return parts;
  };

  return {
    encode(rawRequest) {
      const { manifest, kit, request } = checkEncodePrompt(rawRequest);
      const { ids, params } = planPrompt(request, partsOf(manifest, kit));
      return {
        promptHash: hex32(tokensHash(ids)),
        promptTokens: ids.length,
        sampling: params,
        grammarHash: grammarHashOf(request),
      };
    },
  };
}

/** What a stranger sent, checked against the manifest before any of it is used. */
function openKit(manifest: Hex32, kit: TokenizerKit): PlanPromptDeps {
  if (kit.tokenizer.length > MAX_TOKENIZER_BYTES) {
    throw new WeftError(
      'model/bad-tokenizer',
      `${TOKENIZER_FILE} of the model has ${kit.tokenizer.length} bytes; at most ${MAX_TOKENIZER_BYTES} are read.`,
      { hints: ['Choose another model.'] },
    );
  }
  checkTokenizerKit(manifest, kit);
  const config = parseJsonFile(CONFIG_FILE, 'model/bad-config', kit.chatConfig);
  const { architecture } = parseModelSummary(config);
  // No digest covers it: whoever serves the model could name ordinary words there, which prompts would then lack.
  const configJson = { ...(config as object), eos_token_id: null };
  const tokenizerJson = parseJsonFile(TOKENIZER_FILE, 'model/bad-tokenizer', kit.tokenizer);
  checkTokenizerRules(tokenizerJson);
  const { encode, dialect } = chatPartsOf({ architecture, configJson, tokenizerJson });
  return { encode, dialect, vision: visionOf(architecture) };
}
