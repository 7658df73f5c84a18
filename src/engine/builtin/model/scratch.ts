import { fusedWidth } from '../kernels/attention-shape.ts';
import { decodePartialLength } from '../kernels/decode-attention.ts';
import { STEP_BYTES } from '../kernels/kernel.ts';
import { guarded } from './guarded.ts';
import type { ModelConfig } from './model-config.ts';
import { ropeTable } from './rope-table.ts';

/** Buffers that every layer and every call reuse. Sizes in elements of f32 unless said otherwise. */
export interface Scratch {
  /** The uniform of `STEP_STRUCT`. */
  readonly step: GPUBuffer;
  /** Token ids `[chunk]` u32. */
  readonly ids: GPUBuffer;
  /** Rows of the chunk whose logits are wanted `[logitRows]` u32. */
  readonly selection: GPUBuffer;
  /** (cos, sin) `[maxLength, headDim / 2, 2]`. */
  readonly rope: GPUBuffer;
  /** The residual stream `[chunk, hidden]`. */
  readonly x: GPUBuffer;
  /** Normalised rows `[chunk, hidden]`. */
  readonly normed: GPUBuffer;
  /** `[chunk, (heads + 2 kvHeads) · headDim]`. */
  readonly fused: GPUBuffer;
  /** `[chunk, heads · headDim]`. */
  readonly attended: GPUBuffer;
  /** Partial results of one token's attention. */
  readonly partial: GPUBuffer;
  /** `[chunk, 2 · intermediate]`. */
  readonly gateUp: GPUBuffer;
  /** `[chunk, intermediate]`. */
  readonly activated: GPUBuffer;
  /** Normalised selected rows `[logitRows, hidden]`. */
  readonly selected: GPUBuffer;
  /** `[logitRows, vocab]`. */
  readonly logits: GPUBuffer;
  destroy(): void;
}

export interface ScratchInit {
  readonly device: GPUDevice;
  readonly config: ModelConfig;
  readonly chunkTokens: number;
  readonly logitRows: number;
  readonly maxLength: number;
  /** False for a range without the head: logits then take no memory. */
  readonly hasHead: boolean;
}

/** Allocates the scratch buffers. Throws engine/out-of-memory, engine/limits. */
export async function createScratch(init: ScratchInit): Promise<Scratch> {
  const { device, config, chunkTokens } = init;
  const buffers: GPUBuffer[] = [];
  const allocate = (label: string, length: number, usage = GPUBufferUsage.STORAGE): GPUBuffer => {
    const all = usage | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = device.createBuffer({ label, size: length * 4, usage: all });
    buffers.push(buffer);
    return buffer;
  };
  const destroy = () => {
    for (const buffer of buffers) buffer.destroy();
  };
  const logitRows = init.hasHead ? init.logitRows : 1;
  const vocab = init.hasHead ? config.vocabSize : 1;
  const table = ropeTable(config, init.maxLength);
  try {
    return await guarded(device, 'allocate its working memory', () => {
      const scratch: Scratch = {
        step: allocate('step', STEP_BYTES / 4, GPUBufferUsage.UNIFORM),
        ids: allocate('ids', chunkTokens),
        selection: allocate('selection', logitRows),
        rope: allocate('rope', table.length),
        x: allocate('x', chunkTokens * config.hiddenSize),
        normed: allocate('normed', chunkTokens * config.hiddenSize),
        fused: allocate('fused', chunkTokens * fusedWidth(config)),
        attended: allocate('attended', chunkTokens * config.headCount * config.headDim),
        partial: allocate('partial', decodePartialLength(config)),
        gateUp: allocate('gate-up', chunkTokens * 2 * config.intermediateSize),
        activated: allocate('activated', chunkTokens * config.intermediateSize),
        selected: allocate('selected', logitRows * config.hiddenSize),
        logits: allocate('logits', logitRows * vocab),
        destroy,
      };
      device.queue.writeBuffer(scratch.rope, 0, table);
      return scratch;
    });
  } catch (error) {
    destroy();
    throw error;
  }
}
