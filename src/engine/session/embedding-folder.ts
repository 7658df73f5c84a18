import { createEmbeddingTokenizer } from './embedding-tokenizer.ts';
import type { EmbeddingTokenizer } from './embedding-tokenizer.ts';
import { readSmallFiles } from './folder-parts.ts';
import type { FolderParts, ReadFolderInit } from './folder-parts.ts';
import type { ModelFilesDeps } from './model-files.ts';

/** The folder of a model that turns texts into vectors. It has no chat template, and no receipt names it. */
export interface EmbeddingFolder extends FolderParts {
  readonly tokenize: EmbeddingTokenizer;
}

/** Opens an embedding model by URL. Throws model/* codes and the signal's reason. */
export async function openEmbeddingFolder(init: ReadFolderInit, deps: ModelFilesDeps): Promise<EmbeddingFolder> {
  const { ref, files, summary, configJson, indexJson, tokenizerJson } = await readSmallFiles(init, deps);
  return { ref, files, summary, configJson, indexJson, tokenize: createEmbeddingTokenizer(tokenizerJson, summary) };
}
