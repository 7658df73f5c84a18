import { parseModelConfig } from '../model/parse-model-config.ts';
import type { ModelConfig } from '../model/model-config.ts';
import { parseTensorIndex } from '../weights/parse-tensor-index.ts';

/** A model's files in memory, by name. */
export interface LoadedModel {
  readonly config: ModelConfig;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Fetches configuration and weights from a folder of this origin (for tests and measurements; nothing is verified). */
export async function fetchModel(folder: string): Promise<LoadedModel> {
  const read = async (path: string): Promise<Uint8Array<ArrayBuffer>> => {
    const response = await fetch(`${folder}${path}`);
    if (!response.ok) throw new Error(`${folder}${path}: HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of ['mlc-chat-config.json', 'tensor-cache.json']) files.set(name, await read(name));
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(files.get(name)));
  for (const { path } of parseTensorIndex(json('tensor-cache.json')).files) files.set(path, await read(path));
  return { config: parseModelConfig(json('mlc-chat-config.json')), files };
}
