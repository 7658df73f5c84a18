import { WeftError } from '../../../protocol/errors.ts';
import type { FloatFormat, MatrixFormat } from '../kernels/weight-format.ts';
import { guarded } from '../model/guarded.ts';
import type { ModelConfig } from '../model/model-config.ts';
import type { LayerRange } from '../../engine.ts';
import { findMatrix, findVector, type MatrixRecords } from './find-tensors.ts';
import type { GpuMatrix, MatrixSlab } from './gpu-matrix.ts';
import type { StoredDtype, TensorRecord } from './tensor-index.ts';
import {
  embeddingName,
  finalNormName,
  headName,
  layerNames,
  type MatrixName,
  type VectorName,
} from './tensor-names.ts';
import { upload, type UploadJob, type UploadOptions } from './upload.ts';
import type { WeightSource } from './weight-source.ts';

/** One layer's weights on the GPU; vectors are f32. */
export interface LayerWeights {
  readonly inputNorm: GPUBuffer;
  readonly qkv: GpuMatrix;
  readonly qkvBias: GPUBuffer | null;
  readonly qNorm: GPUBuffer | null;
  readonly kNorm: GPUBuffer | null;
  readonly output: GpuMatrix;
  readonly postNorm: GPUBuffer;
  readonly gateUp: GpuMatrix;
  readonly down: GpuMatrix;
}

/** The weights of a range of layers on the GPU. */
export interface ModelWeights {
  readonly embedding: GpuMatrix | null;
  readonly layers: readonly LayerWeights[];
  readonly finalNorm: GPUBuffer | null;
  readonly head: GpuMatrix | null;
  readonly sizeBytes: number;
  readonly parameterCount: number;
  destroy(): void;
}

export interface LoadWeightsInit extends UploadOptions {
  readonly device: GPUDevice;
  readonly config: ModelConfig;
  readonly range: LayerRange;
  readonly maxBindingBytes?: number;
}

const FLOAT_FORMATS: Record<Exclude<StoredDtype, 'uint32'>, FloatFormat> = {
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
};

/** Slabs begin at a multiple of this many rows, so that packed 16-bit scales begin at a whole word. */
const SLAB_ROWS = 8;

/**
 * Allocates and uploads the weights of a range. Throws model/bad-config, engine/limits, engine/out-of-memory and what the
 * source throws; after a failure nothing stays allocated.
 */
export async function loadWeights(init: LoadWeightsInit, source: WeightSource): Promise<ModelWeights> {
  const { device, config, range } = init;
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const bindingBytes = Math.min(maxStorageBufferBindingSize, maxBufferSize, init.maxBindingBytes ?? Infinity);
  const buffers: GPUBuffer[] = [];
  const jobs: UploadJob[] = [];
  let parameterCount = 0;
  let sizeBytes = 0;

  const allocate = (label: string, bytes: number): GPUBuffer => {
    const size = Math.ceil(bytes / 4) * 4;
    const buffer = device.createBuffer({ label, size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    buffers.push(buffer);
    sizeBytes += size;
    return buffer;
  };
  const whole = (record: TensorRecord, widened: boolean): GPUBuffer => {
    const bytes = widened && record.stored !== 'float32' ? record.byteLength * 2 : record.byteLength;
    const buffer = allocate(record.name, bytes);
    jobs.push({ record, widen: widened, parts: [{ buffer, fromByte: 0, toByte: record.byteLength }] });
    return buffer;
  };
  const vector = (name: VectorName | null): GPUBuffer | null => {
    if (name === null) return null;
    parameterCount += name.length;
    return whole(findVector(source.index, name), true);
  };
  const cut = (record: TensorRecord, rows: number, slabRows: number): GPUBuffer[] => {
    const rowBytes = record.byteLength / rows;
    const parts = [];
    for (let from = 0; from < rows; from += slabRows) {
      const to = Math.min(rows, from + slabRows);
      const buffer = allocate(`${record.name} rows ${from} to ${to}`, (to - from) * rowBytes);
      parts.push({ buffer, fromByte: from * rowBytes, toByte: to * rowBytes });
    }
    jobs.push({ record, widen: false, parts });
    return parts.map((part) => part.buffer);
  };
  const matrix = (name: MatrixName): GpuMatrix => {
    const records = findMatrix(source.index, config, name);
    parameterCount += name.rows * name.cols;
    const slabRows = slabRowsFor(bindingBytes, name, records);
    const weights = cut(records.weights, name.rows, slabRows);
    const scales = records.kind === 'q4' ? cut(records.scales, name.rows, slabRows) : null;
    const slabs: MatrixSlab[] = weights.map((buffer, i) => ({
      from: i * slabRows,
      rows: Math.min(slabRows, name.rows - i * slabRows),
      weights: buffer,
      scales: scales?.[i] ?? null,
    }));
    return { rows: name.rows, cols: name.cols, format: matrixFormat(records), slabs };
  };
  const destroy = () => {
    for (const buffer of buffers) buffer.destroy();
  };

  try {
    const weights = await guarded(device, "hold the model's weights", () => {
      const embedding = range.from === 0 ? matrix(embeddingName(config)) : null;
      const layers: LayerWeights[] = [];
      for (let layer = range.from; layer < range.to; layer += 1) {
        const names = layerNames(config, layer);
        layers.push({
          inputNorm: vector(names.inputNorm)!,
          qkv: matrix(names.qkv),
          qkvBias: vector(names.qkvBias),
          qNorm: vector(names.qNorm),
          kNorm: vector(names.kNorm),
          output: matrix(names.output),
          postNorm: vector(names.postNorm)!,
          gateUp: matrix(names.gateUp),
          down: matrix(names.down),
        });
      }
      const last = range.to === config.layerCount;
      const finalNorm = last ? vector(finalNormName(config)) : null;
      const shared = config.tiedEmbeddings ? embedding : null;
      const head = last ? (shared ?? matrix(headName(config))) : null;
      return { embedding, layers, finalNorm, head };
    });
    await upload(device, source, jobs, init);
    return { ...weights, sizeBytes, parameterCount, destroy };
  } catch (error) {
    destroy();
    throw error;
  }
}

function matrixFormat(records: MatrixRecords): MatrixFormat {
  if (records.kind === 'q4') return { kind: 'q4', scale: floatFormat(records.scales) };
  return { kind: floatFormat(records.weights) };
}

function floatFormat(record: TensorRecord): FloatFormat {
  if (record.stored === 'uint32') throw new WeftError('app/internal', `${record.name} holds no floats.`);
  return FLOAT_FORMATS[record.stored];
}

/** Rows that fit one binding of this device; all of them on most. */
function slabRowsFor(limitBytes: number, name: MatrixName, records: MatrixRecords): number {
  const rowBytes = records.weights.byteLength / name.rows;
  if (records.weights.byteLength <= limitBytes) return name.rows;
  const rows = Math.floor(limitBytes / rowBytes / SLAB_ROWS) * SLAB_ROWS;
  if (rows === 0) {
    throw new WeftError(
      'engine/limits',
      `${SLAB_ROWS} rows of ${name.name} take ${rowBytes * SLAB_ROWS} bytes; this GPU binds at most ${limitBytes}.`,
      { hints: ['Choose a smaller model.'] },
    );
  }
  return rows;
}
