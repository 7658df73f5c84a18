import { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { parseChatConfig } from './chat-config.ts';
import type { ChatConfig } from './chat-config.ts';
import { createChatEncoder } from './chat-encoder.ts';
import type { ChatEncoder } from './chat-encoder.ts';
import { readSmallFiles } from './folder-parts.ts';
import type { FolderParts, ReadFolderInit } from './folder-parts.ts';
import { parseGolden } from './golden.ts';
import type { GoldenCase } from './golden.ts';
import { manifestOfFolder } from './manifest-of-folder.ts';
import type { ModelFilesDeps } from './model-files.ts';
import { toolDialectOf } from './tool-dialect.ts';
import type { ToolDialect } from './tool-dialect.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** The folder of a model that chats; its small files are read and checked, the weights come later, file by file. */
export interface ModelFolder extends FolderParts {
  /** What receipts name the model by. */
  readonly manifest: Hex32;
  readonly chat: ChatConfig;
  readonly tokenizer: Tokenizer;
  readonly encode: ChatEncoder;
  /** How it calls tools; null: it was not trained to, or in a form that is not known here. */
  readonly dialect: ToolDialect | null;
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
  const chat = parseChatConfig(configJson);
  const tokenizer = createTokenizer(tokenizerJson, { stopTokenIds: chat.stopTokenIds });
  const outside = chat.stopTokenIds.find((id) => id >= summary.vocabSize);
  if (outside !== undefined) {
    throw new WeftError(
      'model/bad-config',
      `mlc-chat-config.json ends answers with token ${outside}; the vocabulary has ${summary.vocabSize}.`,
      { hints: ['Take the model from its publisher again.'] },
    );
  }
  const { template } = chat;
  const dialect = toolDialectOf({ architecture: summary.architecture, template, tokenizer });
  return {
    ...parts,
    manifest: manifestOfFolder({
      files: files.manifest.files,
      indexName,
      tokenizerName,
      chatConfigJson: configJson,
      indexJson,
    }),
    chat,
    tokenizer,
    encode: createChatEncoder({ template, tokenizer, dialect }),
    dialect,
    golden: goldenJson === null ? [] : parseGolden(goldenJson, summary.vocabSize),
  };
}
