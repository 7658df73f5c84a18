import type { ModelRef } from '../engine.ts';
import { MAX_CONFIG_BYTES, MAX_GOLDEN_BYTES, MAX_INDEX_BYTES, MAX_TOKENIZER_BYTES } from './constants.ts';
import { openModelFiles } from './model-files.ts';
import type { ModelFiles, ModelFilesDeps } from './model-files.ts';
import type { ModelManifest } from './model-manifest.ts';
import { parseModelSummary } from './model-summary.ts';
import type { ModelSummary } from './model-summary.ts';

/** What every model folder has, whatever the model does. The JSON is as it was stored. */
export interface FolderParts {
  readonly ref: ModelRef;
  readonly files: ModelFiles;
  readonly summary: ModelSummary;
  /** `mlc-chat-config.json` and the list of tensors, for the engine that reads them. */
  readonly configJson: unknown;
  readonly indexJson: unknown;
}

/** A folder's small files. */
export interface SmallFiles extends FolderParts {
  readonly indexName: string;
  readonly tokenizerName: string;
  readonly tokenizerJson: unknown;
  /** Null where the folder has none. */
  readonly goldenJson: unknown;
}

/** Bytes to come. */
export interface FolderSizes {
  readonly smallBytes: number;
  readonly weightBytes: number;
}

export interface ReadFolderInit {
  readonly ref: ModelRef;
  readonly signal?: AbortSignal | undefined;
  /** Throws what is wrong with the configuration for whoever wants the model, before anything larger is fetched. */
  readonly accept?: (configJson: unknown) => void;
  /** Called once the manifest is read, before anything else is fetched. */
  readonly onSizes?: (sizes: FolderSizes) => void;
  /** Called with the bytes of the small files received so far. */
  readonly onBytes?: (receivedBytes: number) => void;
}

export const CONFIG_FILE = 'mlc-chat-config.json';
export const TOKENIZER_FILE = 'tokenizer.json';
const GOLDEN = 'golden.json';
/** MLC's list of tensors by its present name and the one before 2025. */
const INDEXES = ['tensor-cache.json', 'ndarray-cache.json'];

/** The list of tensors of a model. */
export function indexNameOf({ files }: ModelManifest): string {
  return INDEXES.find((name) => files.has(name)) ?? INDEXES[0]!;
}

/** Reads what comes before the weights. Throws model/* codes and the signal's reason. */
export async function readSmallFiles(init: ReadFolderInit, deps: ModelFilesDeps): Promise<SmallFiles> {
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

  const indexName = indexNameOf(files.manifest);
  const sumOf = (isWanted: (name: string) => boolean) =>
    [...files.manifest.files.values()].reduce((sum, { name, sizeBytes }) => sum + (isWanted(name) ? sizeBytes : 0), 0);
  const small = [CONFIG_FILE, TOKENIZER_FILE, GOLDEN, indexName];
  init.onSizes?.({
    smallBytes: sumOf((name) => small.includes(name)),
    weightBytes: sumOf((name) => name.endsWith('.bin')),
  });
  const json = (name: string, code: 'model/bad-config' | 'model/bad-tokenizer', maxBytes: number) =>
    files.readJson(name, code, options(name, maxBytes));

  // The configuration first: it tells an unsupported model before anything larger is fetched.
  const configJson = await json(CONFIG_FILE, 'model/bad-config', MAX_CONFIG_BYTES);
  const summary = parseModelSummary(configJson);
  init.accept?.(configJson);
  const [tokenizerJson, indexJson, goldenJson] = await Promise.all([
    json(TOKENIZER_FILE, 'model/bad-tokenizer', MAX_TOKENIZER_BYTES),
    json(indexName, 'model/bad-config', MAX_INDEX_BYTES),
    files.manifest.files.has(GOLDEN) ? json(GOLDEN, 'model/bad-config', MAX_GOLDEN_BYTES) : null,
  ]);
  return {
    ref,
    files,
    summary,
    configJson,
    indexJson,
    indexName,
    tokenizerName: TOKENIZER_FILE,
    tokenizerJson,
    goldenJson,
  };
}
