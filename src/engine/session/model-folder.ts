import { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import type { ModelRef } from '../engine.ts';
import { parseChatConfig } from './chat-config.ts';
import type { ChatConfig } from './chat-config.ts';
import { createChatEncoder } from './chat-encoder.ts';
import type { ChatEncoder } from './chat-encoder.ts';
import { MAX_CONFIG_BYTES, MAX_GOLDEN_BYTES, MAX_INDEX_BYTES, MAX_TOKENIZER_BYTES } from './constants.ts';
import { parseGolden } from './golden.ts';
import type { GoldenCase } from './golden.ts';
import { parseModelSummary } from './model-summary.ts';
import type { ModelSummary } from './model-summary.ts';
import { manifestOfFolder } from './manifest-of-folder.ts';
import { openModelFiles } from './model-files.ts';
import type { ModelFiles, ModelFilesDeps } from './model-files.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A model folder whose small files are read and checked; the weights come later, file by file. */
export interface ModelFolder {
  readonly ref: ModelRef;
  readonly files: ModelFiles;
  readonly summary: ModelSummary;
  /** What receipts name the model by. */
  readonly manifest: Hex32;
  readonly chat: ChatConfig;
  readonly tokenizer: Tokenizer;
  readonly encode: ChatEncoder;
  /** `mlc-chat-config.json` and the list of tensors, for the engine that reads them. */
  readonly configJson: unknown;
  readonly indexJson: unknown;
  /** Answers known beforehand; empty where the folder has none. */
  readonly golden: readonly GoldenCase[];
}

/** Bytes to come. */
export interface FolderSizes {
  readonly smallBytes: number;
  readonly weightBytes: number;
}

export interface OpenModelFolderInit {
  readonly ref: ModelRef;
  readonly signal?: AbortSignal | undefined;
  /** Throws what is wrong with the configuration for every engine here, before anything larger is fetched. */
  readonly accept?: (configJson: unknown) => void;
  /** Called once the manifest is read, before anything else is fetched. */
  readonly onSizes?: (sizes: FolderSizes) => void;
  /** Called with the bytes of the small files received so far. */
  readonly onBytes?: (receivedBytes: number) => void;
}

const CONFIG = 'mlc-chat-config.json';
const TOKENIZER = 'tokenizer.json';
const GOLDEN = 'golden.json';
/** MLC's list of tensors by its present name and the one before 2025. */
const INDEXES = ['tensor-cache.json', 'ndarray-cache.json'];

/** Opens a model by URL. Throws model/* codes and the signal's reason. */
export async function openModelFolder(init: OpenModelFolderInit, deps: ModelFilesDeps): Promise<ModelFolder> {
  const { ref, signal } = init;
  const files = await openModelFiles({ baseUrl: ref.baseUrl, signal }, deps);
  const received = new Map<string, number>();
  const options = (name: string, maxBytes: number) => ({
    signal,
    maxBytes,
    onBytes(bytes: number) {
      received.set(name, bytes);
      init.onBytes?.([...received.values()].reduce((sum, one) => sum + one, 0));
    },
  });

  const indexName = INDEXES.find((name) => files.manifest.files.has(name)) ?? INDEXES[0]!;
  const sumOf = (isWanted: (name: string) => boolean) =>
    [...files.manifest.files.values()].reduce((sum, { name, sizeBytes }) => sum + (isWanted(name) ? sizeBytes : 0), 0);
  const small = [CONFIG, TOKENIZER, GOLDEN, indexName];
  init.onSizes?.({
    smallBytes: sumOf((name) => small.includes(name)),
    weightBytes: sumOf((name) => name.endsWith('.bin')),
  });
  const json = (name: string, code: 'model/bad-config' | 'model/bad-tokenizer', maxBytes: number) =>
    files.readJson(name, code, options(name, maxBytes));

  // The configuration first: it tells an unsupported model before anything larger is fetched.
  const configJson = await json(CONFIG, 'model/bad-config', MAX_CONFIG_BYTES);
  const summary = parseModelSummary(configJson);
  init.accept?.(configJson);
  const chat = parseChatConfig(configJson);
  const [tokenizerJson, indexJson, goldenJson] = await Promise.all([
    json(TOKENIZER, 'model/bad-tokenizer', MAX_TOKENIZER_BYTES),
    json(indexName, 'model/bad-config', MAX_INDEX_BYTES),
    files.manifest.files.has(GOLDEN) ? json(GOLDEN, 'model/bad-config', MAX_GOLDEN_BYTES) : null,
  ]);
  const tokenizer = createTokenizer(tokenizerJson, { stopTokenIds: chat.stopTokenIds });
  const outside = chat.stopTokenIds.find((id) => id >= summary.vocabSize);
  if (outside !== undefined) {
    throw new WeftError(
      'model/bad-config',
      `mlc-chat-config.json ends answers with token ${outside}; the vocabulary has ${summary.vocabSize}.`,
      { hints: ['Take the model from its publisher again.'] },
    );
  }
  return {
    ref,
    files,
    summary,
    manifest: manifestOfFolder({
      files: files.manifest.files,
      indexName,
      tokenizerName: TOKENIZER,
      chatConfigJson: configJson,
      indexJson,
    }),
    chat,
    tokenizer,
    encode: createChatEncoder(chat.template, tokenizer),
    configJson,
    indexJson,
    golden: goldenJson === null ? [] : parseGolden(goldenJson, summary.vocabSize),
  };
}
