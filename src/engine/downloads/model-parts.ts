import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { MAX_WEIGHT_FILE_BYTES } from '../session/constants.ts';
import { parsePublished } from '../session/parse-published.ts';
import { MAX_SHARDS, OLD_TOKENIZER_NAME, TOKENIZER_NAME } from './constants.ts';

/** Plain names and sub-folders: a list never reaches outside its folder or to another origin. */
const PATH = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/u;

const configSchema = v.object({
  quantization: v.optional(v.pipe(v.string(), v.maxLength(40)), ''),
  tokenizer_files: v.optional(v.array(v.string()), [TOKENIZER_NAME]),
});

const indexSchema = v.object({
  records: v.pipe(
    v.array(
      v.object({
        dataPath: v.pipe(v.string(), v.maxLength(256), v.regex(PATH)),
        nbytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.minLength(1),
    v.maxLength(MAX_SHARDS),
  ),
});

export interface ModelPart {
  readonly name: string;
  readonly sizeBytes: number;
}

/** What `mlc-chat-config.json` says about files. Throws model/bad-config, model/unsupported. */
export function readConfigFile(json: unknown): { readonly quantization: string; readonly tokenizerName: string } {
  const parsed = parsePublished(configSchema, json);
  if (!parsed.success) throw badConfig('mlc-chat-config.json', parsed.issue);
  // As WebLLM chooses: the newer form where there are both.
  const names = parsed.output.tokenizer_files;
  const tokenizerName = [TOKENIZER_NAME, OLD_TOKENIZER_NAME].find((name) => names.includes(name));
  if (tokenizerName === undefined) {
    throw new WeftError('model/unsupported', `The model has no ${TOKENIZER_NAME}, which every engine here needs.`, {
      hints: ['Choose another model.'],
    });
  }
  return { quantization: parsed.output.quantization, tokenizerName };
}

/** The files that hold the weights. Throws model/bad-config, model/unsupported. */
export function readIndexFile(json: unknown): readonly ModelPart[] {
  const parsed = parsePublished(indexSchema, json);
  if (!parsed.success) throw badConfig('The list of weights', parsed.issue);
  const parts = new Map(parsed.output.records.map(({ dataPath, nbytes }) => [dataPath, nbytes]));
  const largest = Math.max(...parts.values());
  if (largest > MAX_WEIGHT_FILE_BYTES) {
    throw new WeftError(
      'model/unsupported',
      `A file of the model has ${largest} bytes; at most ${MAX_WEIGHT_FILE_BYTES} are read.`,
      {
        hints: ['Choose another model.'],
      },
    );
  }
  return [...parts].map(([name, sizeBytes]) => ({ name, sizeBytes }));
}

function badConfig(what: string, issue: string): WeftError {
  return new WeftError('model/bad-config', `${what} of the model is not in MLC's form at ${issue}.`, {
    hints: ['Check that the address leads to a model in MLC form; choose another model meanwhile.'],
  });
}
