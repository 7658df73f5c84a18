import type { ModelConfig, Quantization } from '../model/model-config.ts';
import { parseModelConfig } from '../model/parse-model-config.ts';
import { numberToHalf } from '../weights/half.ts';
import {
  embeddingName,
  finalNormName,
  headName,
  layerNames,
  type MatrixName,
  type VectorName,
} from '../weights/tensor-names.ts';
import type { LoadedModel } from './fetch-model.ts';
import { numberToBfloat, quantizeMatrix } from './quantize.ts';
import { createRandom } from './random.ts';

/** Sizes of a model of random weights; the rest has defaults. */
export interface RandomModelInit {
  readonly config: Pick<ModelConfig, 'hiddenSize' | 'intermediateSize' | 'layerCount' | 'headCount' | 'vocabSize'> &
    Partial<Omit<ModelConfig, 'quantization'>>;
  readonly quantization: Quantization;
  readonly seed: number;
  /** Largest file of weights. Default 4 MiB, so that most models have several. */
  readonly shardBytes?: number;
  /** How float32 tensors are stored; MLC's own tool writes bfloat16. Default `bf16`. */
  readonly float32As?: 'bf16' | 'raw';
}

interface PendingTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly format: 'raw' | 'f32-to-bf16';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A small model of random weights in MLC's form, in memory. Activations stay near 1, so logits do, too. */
export function createRandomModel(init: RandomModelInit): LoadedModel {
  const chatConfig = describe(init);
  const config = parseModelConfig(chatConfig);
  const random = createRandom(init.seed);
  const tensors: PendingTensor[] = [];
  const half = init.quantization === 'q0f16' || init.quantization === 'q4f16_1';

  const float = (name: string, shape: readonly number[], values: Float32Array): PendingTensor => {
    if (half) return { name, shape, dtype: 'float16', format: 'f32-to-bf16', bytes: pack16(values, numberToHalf) };
    if (init.float32As === 'raw') {
      return { name, shape, dtype: 'float32', format: 'raw', bytes: new Uint8Array(values.slice().buffer) };
    }
    return { name, shape, dtype: 'float32', format: 'f32-to-bf16', bytes: pack16(values, numberToBfloat) };
  };
  const vector = (name: VectorName | null, mean: number) => {
    if (name === null) return;
    const values = random.normals(name.length, 0.1).map((value) => value + mean);
    tensors.push(float(name.name, [name.length], values));
  };
  const matrix = ({ name, rows, cols }: MatrixName, scale: number) => {
    const values = random.normals(rows * cols, scale);
    if (init.quantization === 'q0f32' || init.quantization === 'q0f16') {
      tensors.push(float(`${name}.weight`, [rows, cols], values));
      return;
    }
    const { words, scales } = quantizeMatrix(values, rows, cols, half ? 'f16' : 'bf16');
    const groups = Math.ceil(cols / 32);
    const bytes = new Uint8Array(words.buffer);
    tensors.push({
      name: `${name}.q_weight`,
      shape: [rows, groups * 4],
      dtype: 'uint32',
      format: 'f32-to-bf16',
      bytes,
    });
    tensors.push(float(`${name}.q_scale`, [rows, groups], scales));
  };
  const spread = (cols: number) => 1 / Math.sqrt(cols);

  matrix(embeddingName(config), config.tiedEmbeddings ? spread(config.hiddenSize) : 1);
  for (let layer = 0; layer < config.layerCount; layer += 1) {
    const names = layerNames(config, layer);
    vector(names.inputNorm, 1);
    matrix(names.qkv, 1.5 * spread(names.qkv.cols));
    vector(names.qkvBias, 0);
    vector(names.qNorm, 1);
    vector(names.kNorm, 1);
    matrix(names.output, spread(names.output.cols));
    vector(names.postNorm, 1);
    matrix(names.gateUp, spread(names.gateUp.cols));
    matrix(names.down, spread(names.down.cols));
  }
  vector(finalNormName(config), 1);
  if (!config.tiedEmbeddings) matrix(headName(config), spread(config.hiddenSize));

  const files = packShards(tensors, init.shardBytes ?? 4 << 20);
  files.set('mlc-chat-config.json', encode(chatConfig));
  return { config, files };
}

function describe({ config, quantization }: RandomModelInit): unknown {
  const context = config.contextLength ?? 1024;
  return {
    model_type: config.family ?? 'llama',
    quantization,
    context_window_size: context,
    vocab_size: config.vocabSize,
    model_config: {
      hidden_size: config.hiddenSize,
      intermediate_size: config.intermediateSize,
      num_attention_heads: config.headCount,
      num_key_value_heads: config.kvHeadCount ?? config.headCount,
      num_hidden_layers: config.layerCount,
      head_dim: config.headDim ?? config.hiddenSize / config.headCount,
      vocab_size: config.vocabSize,
      rms_norm_eps: config.rmsNormEps ?? 1e-5,
      position_embedding_base: config.ropeTheta ?? 10_000,
      tie_word_embeddings: config.tiedEmbeddings ?? false,
      rope_scaling:
        config.ropeScaling === undefined || config.ropeScaling === null
          ? null
          : {
              rope_type: 'llama3',
              factor: config.ropeScaling.factor,
              low_freq_factor: config.ropeScaling.lowFreqFactor,
              high_freq_factor: config.ropeScaling.highFreqFactor,
              original_max_position_embeddings: config.ropeScaling.originalMaxPositions,
            },
    },
  };
}

function pack16(values: Float32Array, toBits: (value: number) => number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint16Array.from(values, toBits).buffer);
}

function encode(json: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(json));
}

function packShards(tensors: readonly PendingTensor[], shardBytes: number): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const records: unknown[] = [];
  let open: PendingTensor[] = [];
  let openBytes = 0;
  const close = () => {
    if (open.length === 0) return;
    const dataPath = `params_shard_${files.size}.bin`;
    const file = new Uint8Array(openBytes);
    let byteOffset = 0;
    const entries = open.map(({ name, shape, dtype, format, bytes }) => {
      file.set(bytes, byteOffset);
      const entry = { name, shape, dtype, format, nbytes: bytes.byteLength, byteOffset };
      byteOffset += bytes.byteLength;
      return entry;
    });
    files.set(dataPath, file);
    records.push({ dataPath, format: 'raw-shard', nbytes: openBytes, records: entries });
    open = [];
    openBytes = 0;
  };
  for (const tensor of tensors) {
    // A record begins at a multiple of its element: after an odd number of halves a u32 tensor opens a new file.
    const aligned = tensor.dtype.endsWith('32') && tensor.format === 'raw' ? openBytes % 4 === 0 : openBytes % 2 === 0;
    const words = tensor.dtype !== 'uint32' || openBytes % 4 === 0;
    if (openBytes + tensor.bytes.byteLength > shardBytes || !aligned || !words) close();
    open.push(tensor);
    openBytes += tensor.bytes.byteLength;
  }
  close();
  files.set('tensor-cache.json', encode({ metadata: { ParamSize: tensors.length }, records }));
  return files;
}
