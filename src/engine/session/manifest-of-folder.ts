import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { fromHex } from '../../protocol/ids.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { modelManifest } from '../../protocol/model-manifest/model-manifest.ts';
import type { HashedFile, ModelParts } from '../../protocol/model-manifest/model-manifest.ts';
import { MAX_FILES } from './constants.ts';
import type { ModelManifest } from './model-manifest.ts';
import { parsePublished } from './parse-published.ts';

const record = v.record(v.string(), v.unknown());
const chatConfigSchema = v.object({
  quantization: v.string(),
  model_type: v.string(),
  model_config: v.optional(record, {}),
  conv_template: record,
});
const indexSchema = v.object({
  records: v.pipe(v.array(v.object({ dataPath: v.string() })), v.maxLength(MAX_FILES)),
});

interface FolderFiles {
  readonly files: ModelManifest['files'];
  readonly indexName: string;
  readonly tokenizerName: string;
  readonly chatConfigJson: unknown;
  readonly indexJson: unknown;
}

/** The manifest of a folder from the checked hashes of its files. Throws model/bad-config, model/bad-manifest. */
export function manifestOfFolder(init: FolderFiles): Hex32 {
  return modelManifest(partsOfFolder(init));
}

/** What the manifest of a folder is made of. Throws as {@link manifestOfFolder}. */
export function partsOfFolder(init: FolderFiles): ModelParts {
  const hashed = (name: string): HashedFile => {
    const file = init.files.get(name);
    if (file === undefined) {
      throw new WeftError('model/bad-manifest', `weft-manifest.json of the model does not list ${name}.`, {
        hints: ['Download the model again.'],
      });
    }
    return { sizeBytes: file.sizeBytes, sha256: fromHex(`0x${file.sha256}`, 32) };
  };
  const chatConfig = parsePublished(chatConfigSchema, init.chatConfigJson);
  const index = parsePublished(indexSchema, init.indexJson);
  if (!chatConfig.success || !index.success) {
    const name = chatConfig.success ? init.indexName : 'mlc-chat-config.json';
    throw new WeftError('model/bad-config', `${name} of the model is not in MLC's form.`, {
      hints: ['Take the model from its publisher again.'],
    });
  }
  return {
    tensorIndex: hashed(init.indexName),
    weights: index.output.records.map(({ dataPath }) => hashed(dataPath)),
    tokenizer: hashed(init.tokenizerName),
    chatConfig: chatConfig.output,
  };
}
