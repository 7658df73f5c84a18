import { guarded } from './guarded.ts';
import type { ModelConfig } from './model-config.ts';

/** Keys and values of a range of layers, f32 `[capacity, kvHeads, headDim]` per layer. */
export interface KvCache {
  readonly keys: readonly GPUBuffer[];
  readonly values: readonly GPUBuffer[];
  /** Tokens it can hold. */
  readonly capacity: number;
  destroy(): void;
}

/** Allocates a cache. Throws engine/out-of-memory, engine/limits. */
export async function createKvCache(
  device: GPUDevice,
  config: ModelConfig,
  layerCount: number,
  capacity: number,
): Promise<KvCache> {
  const buffers: GPUBuffer[] = [];
  const size = capacity * config.kvHeadCount * config.headDim * 4;
  const allocate = (label: string) => {
    const buffer = device.createBuffer({ label, size, usage: GPUBufferUsage.STORAGE });
    buffers.push(buffer);
    return buffer;
  };
  const destroy = () => {
    for (const buffer of buffers) buffer.destroy();
  };
  try {
    return await guarded(device, `hold ${capacity} tokens of context`, () => {
      const layers = Array.from({ length: layerCount }, (_, layer) => layer);
      const keys = layers.map((layer) => allocate(`keys of layer ${layer}`));
      const values = layers.map((layer) => allocate(`values of layer ${layer}`));
      return { keys, values, capacity, destroy };
    });
  } catch (error) {
    destroy();
    throw error;
  }
}
