import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFamily, Quantization } from '../src/engine/builtin/model/model-config.ts';
import { createRandomModel } from '../src/engine/builtin/reference/random-model.ts';

const GUIDE = new URL('../public/models/weft-guide/', import.meta.url);

/** Writes a model of random weights, with the guide's tokenizer and template, as a publisher lays it out. */
export async function writeRandomModel(
  folder: string,
  init: {
    readonly id: string;
    readonly family: ModelFamily;
    readonly quantization: Quantization;
    readonly seed: number;
  },
): Promise<void> {
  const { files } = createRandomModel({
    config: {
      family: init.family,
      hiddenSize: 96,
      intermediateSize: 160,
      headCount: 6,
      kvHeadCount: 2,
      layerCount: 3,
      vocabSize: 2048,
    },
    quantization: init.quantization,
    seed: init.seed,
    // Several files, so that a download can be cut between them.
    shardBytes: 100_000,
  });
  const target = join(folder, init.id);
  await mkdir(target, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(target, name), bytes);
  const config = JSON.parse(await readFile(join(target, 'mlc-chat-config.json'), 'utf8')) as object;
  const guide = JSON.parse(await readFile(new URL('mlc-chat-config.json', GUIDE), 'utf8')) as Record<string, unknown>;
  const { conv_template, tokenizer_files } = guide;
  await writeFile(
    join(target, 'mlc-chat-config.json'),
    JSON.stringify({ ...config, conv_template, tokenizer_files: ['tokenizer.json'] }),
  );
  if (!Array.isArray(tokenizer_files)) throw new Error('The guide names no tokenizer files.');
  await writeFile(join(target, 'tokenizer.json'), await readFile(new URL('tokenizer.json', GUIDE)));
}
