import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { MAX_FILES, MAX_WEIGHT_FILE_BYTES } from './constants.ts';
import { parsePublished } from './parse-published.ts';

/** What a file of a model must be, byte for byte. */
interface ManifestFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** `weft-manifest.json`: the files of a model folder. */
export interface ModelManifest {
  readonly model: string;
  readonly quantization: string;
  readonly files: ReadonlyMap<string, ManifestFile>;
}

/** Plain names and sub-folders: a manifest never reaches outside its folder or to another origin. */
const PATH = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

const schema = v.object({
  version: v.literal(1),
  model: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  quantization: v.pipe(v.string(), v.maxLength(40)),
  files: v.record(
    v.pipe(v.string(), v.maxLength(256), v.regex(PATH)),
    v.object({
      sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_WEIGHT_FILE_BYTES)),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});

/** Reads `weft-manifest.json`. Throws model/bad-manifest. */
export function parseModelManifest(json: unknown): ModelManifest {
  const parsed = parsePublished(schema, json);
  if (!parsed.success) throw badManifest(parsed.issue);
  const { model, quantization, files } = parsed.output;
  const entries = Object.entries(files);
  if (entries.length > MAX_FILES) throw badManifest(`${entries.length} files, at most ${MAX_FILES} are read`);
  return { model, quantization, files: new Map(entries.map(([name, file]) => [name, { name, ...file }])) };
}

function badManifest(detail: string): WeftError {
  return new WeftError('model/bad-manifest', `weft-manifest.json of the model is not usable: ${detail}.`, {
    hints: ['Reload the page; if it stays, whoever publishes the model has to write the manifest again.'],
  });
}
