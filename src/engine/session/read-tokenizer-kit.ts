import { manifestDigests } from '../../protocol/model-manifest/model-manifest.ts';
import type { TokenizerKit } from '../../protocol/model-manifest/tokenizer-kit.ts';
import type { ModelRef } from '../engine.ts';
import { MAX_CONFIG_BYTES, MAX_INDEX_BYTES, MAX_TOKENIZER_BYTES } from './constants.ts';
import { CONFIG_FILE, indexNameOf, TOKENIZER_FILE } from './folder-parts.ts';
import { partsOfFolder } from './manifest-of-folder.ts';
import { openModelFiles } from './model-files.ts';
import type { ModelFilesDeps } from './model-files.ts';
import { parseJsonFile } from './parse-json-file.ts';

/**
 * What others need to write prompts for the model of a folder; its weights are not read. Throws model/* codes and the
 * signal's reason.
 */
export async function readTokenizerKit(
  init: { readonly ref: ModelRef; readonly signal: AbortSignal | undefined },
  deps: ModelFilesDeps,
): Promise<TokenizerKit> {
  const { ref, signal } = init;
  const files = await openModelFiles({ baseUrl: ref.baseUrl, signal }, deps);
  const indexName = indexNameOf(files.manifest);
  const [chatConfig, tokenizer, indexJson] = await Promise.all([
    files.read(CONFIG_FILE, { signal, maxBytes: MAX_CONFIG_BYTES }),
    files.read(TOKENIZER_FILE, { signal, maxBytes: MAX_TOKENIZER_BYTES }),
    files.readJson(indexName, 'model/bad-config', { signal, maxBytes: MAX_INDEX_BYTES }),
  ]);
  const parts = partsOfFolder({
    files: files.manifest.files,
    indexName,
    tokenizerName: TOKENIZER_FILE,
    chatConfigJson: parseJsonFile(CONFIG_FILE, 'model/bad-config', chatConfig),
    indexJson,
  });
  return { tokenizer, chatConfig, digests: manifestDigests(parts) };
}
