import { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { parseChatConfig } from './chat-config.ts';
import { chatPartsOf } from './chat-parts.ts';
import type { ChatParts } from './chat-parts.ts';
import { readSmallFiles } from './folder-parts.ts';
import type { FolderParts, ReadFolderInit } from './folder-parts.ts';
import { parseGolden } from './golden.ts';
import type { GoldenCase } from './golden.ts';
import { manifestOfFolder } from './manifest-of-folder.ts';
import type { ModelFilesDeps } from './model-files.ts';

/** The folder of a model that chats; its small files are read and checked, the weights come later, file by file. */
export interface ModelFolder extends FolderParts, ChatParts {
  /** What receipts name the model by. */
  readonly manifest: Hex32;
  /** Answers known beforehand; empty where the folder has none. */
  readonly golden: readonly GoldenCase[];
}

/** Opens a model by URL. Throws model/* codes and the signal's reason. */
export async function openModelFolder(init: ReadFolderInit, deps: ModelFilesDeps): Promise<ModelFolder> {
  const accept = (configJson: unknown) => {
    init.accept?.(configJson);
    // Read again below: here it ends the way before the tokenizer is fetched.
    parseChatConfig(configJson);
  };
  const { tokenizerJson, goldenJson, indexName, tokenizerName, ...parts } = await readSmallFiles(
    { ...init, accept },
    deps,
  );
  const { files, summary, configJson, indexJson } = parts;
  const chatParts = chatPartsOf({ architecture: summary.architecture, configJson, tokenizerJson });
  const outside = chatParts.chat.stopTokenIds.find((id) => id >= summary.vocabSize);
  if (outside !== undefined) {
    throw new WeftError(
      'model/bad-config',
      `mlc-chat-config.json ends answers with token ${outside}; the vocabulary has ${summary.vocabSize}.`,
      { hints: ['Take the model from its publisher again.'] },
    );
  }
  return {
    ...parts,
    ...chatParts,
    manifest: manifestOfFolder({
      files: files.manifest.files,
      indexName,
      tokenizerName,
      chatConfigJson: configJson,
      indexJson,
    }),
    golden: goldenJson === null ? [] : parseGolden(goldenJson, summary.vocabSize),
  };
}
