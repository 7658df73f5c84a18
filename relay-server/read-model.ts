import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import * as v from 'valibot';
import type { SiteModel } from '../src/protocol/site-config.ts';
import { MODELS_PATH } from './paths.ts';

/** Why a folder is not offered, in words for the operator. */
export class UnusableModelError extends Error {
  override readonly name = 'UnusableModelError';
}

const CONFIG = 'mlc-chat-config.json';
const TOKENIZER = 'tokenizer.json';
/** MLC's list of tensors by its present name and the one before 2025. */
const INDEXES = ['tensor-cache.json', 'ndarray-cache.json'];
/** Files that some models have besides; anything else in the folder stays private. */
const OPTIONAL = [
  'tokenizer_config.json',
  'tokenizer.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'golden.json',
  'weft-manifest.json',
];

const MAX_CONFIG_BYTES = 1_048_576;
const MAX_INDEX_BYTES = 33_554_432;
const MAX_SHARDS = 4000;

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const tokens = v.pipe(v.number(), v.safeInteger());
const configSchema = v.object({
  model_type: text,
  quantization: text,
  context_window_size: v.optional(tokens),
  model_config: v.optional(v.object({ context_window_size: v.optional(tokens) })),
});

const indexSchema = v.object({
  records: v.pipe(
    v.array(
      v.object({
        dataPath: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]{0,199}\.bin$/)),
        nbytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.minLength(1),
    v.maxLength(MAX_SHARDS),
  ),
});

export interface ReadModelInit {
  /** Name of the sub-folder. */
  readonly id: string;
  /** The models folder, with links resolved. */
  readonly root: string;
}

/** Reads one MLC model's folder and checks that it is whole. Throws {@link UnusableModelError} with the reason. */
export async function readModel({ id, root }: ReadModelInit): Promise<SiteModel> {
  const folder = join(root, id);
  const names = new Set(await readdir(folder));
  const sizes = new Map<string, number>();
  const require = async (name: string) => {
    if (!names.has(name)) throw new UnusableModelError(`${name} is missing`);
    const path = await pathWithin(root, join(folder, name));
    if (path === null) throw new UnusableModelError(`${name} is a link that leads out of the models folder`);
    const info = await stat(path);
    if (!info.isFile()) throw new UnusableModelError(`${name} is not a file`);
    sizes.set(name, info.size);
    return info.size;
  };
  const json = async <T extends v.GenericSchema>(name: string, maxBytes: number, schema: T) => {
    const sizeBytes = await require(name);
    if (sizeBytes > maxBytes)
      throw new UnusableModelError(`${name} has ${sizeBytes} bytes, at most ${maxBytes} are read`);
    return parsed(name, await readFile(join(folder, name), 'utf8'), schema);
  };

  const config = await json(CONFIG, MAX_CONFIG_BYTES, configSchema);
  const indexes = INDEXES.filter((name) => names.has(name));
  if (indexes.length === 0) throw new UnusableModelError(`${INDEXES.join(' or ')} is missing`);
  for (const index of indexes) {
    for (const { dataPath, nbytes } of (await json(index, MAX_INDEX_BYTES, indexSchema)).records) {
      const sizeBytes = await require(dataPath);
      if (sizeBytes !== nbytes) {
        throw new UnusableModelError(`${dataPath} has ${sizeBytes} bytes, ${index} says ${nbytes}`);
      }
    }
  }
  const libraries = [...names].filter((name) => /^[A-Za-z0-9][\w.-]{0,190}\.wasm$/.test(name));
  if (libraries.length > 1) throw new UnusableModelError(`it has ${libraries.length} .wasm libraries, one is possible`);
  for (const name of [TOKENIZER, ...OPTIONAL.filter((optional) => names.has(optional)), ...libraries]) {
    await require(name);
  }

  const baseUrl = `${MODELS_PATH}${id}/`;
  const contextLimit = config.context_window_size ?? config.model_config?.context_window_size ?? 0;
  return {
    id,
    title: titleOf(id, config.quantization),
    baseUrl,
    libraryUrl: libraries[0] === undefined ? null : baseUrl + libraries[0],
    files: [...sizes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sizeBytes]) => ({ name, sizeBytes })),
    modelType: config.model_type,
    quantization: config.quantization,
    // MLC writes -1 for a model whose window slides.
    contextLimit: contextLimit > 0 ? contextLimit : null,
  };
}

/** The path with links resolved, or null where that lies outside the folder. Rejects where there is nothing. */
export async function pathWithin(root: string, path: string): Promise<string | null> {
  const real = await realpath(path);
  return real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : null;
}

function parsed<T extends v.GenericSchema>(name: string, json: string, schema: T): v.InferOutput<T> {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (cause) {
    throw new UnusableModelError(`${name} is not JSON`, { cause });
  }
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new UnusableModelError(`${name} does not fit at "${v.getDotPath(issue) ?? ''}": ${issue.message}`);
}

/** "Qwen3-0.6B-q4f16_1-MLC" as a person says it: "Qwen3 0.6B". */
function titleOf(id: string, quantization: string): string {
  const short = id.replace(/-MLC$/i, '').replace(`-${quantization}`, '').replaceAll(/[-_]+/g, ' ').trim();
  return short === '' ? id : short;
}
