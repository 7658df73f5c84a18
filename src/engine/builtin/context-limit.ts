import { WeftError } from '../../protocol/errors.ts';
import type { ModelConfig } from './model/model-config.ts';

/** Largest KV cache of all layers together; longer contexts are cut to it. */
const MAX_KV_BYTES = 1_073_741_824;
/** Bytes of an f32. */
const ELEMENT_BYTES = 4;

/**
 * Tokens of context on this device: what the model was made for, as far as its keys and values fit into one buffer per
 * layer and into the limit for all. Throws engine/limits where not even a short chat fits.
 */
export function contextLimitOf(
  config: ModelConfig,
  limits: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number },
): number {
  const layerBytes = config.kvHeadCount * config.headDim * ELEMENT_BYTES;
  const perBuffer = Math.floor(Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) / layerBytes);
  const together = Math.floor(MAX_KV_BYTES / (2 * config.layerCount * layerBytes));
  const limit = Math.min(config.contextLength, perBuffer, together);
  if (limit >= Math.min(config.contextLength, 256)) return limit;
  throw new WeftError(
    'engine/limits',
    `This GPU has room for ${limit} tokens of this model's memory of a chat, too few.`,
    {
      hints: ['Choose a smaller model.'],
    },
  );
}
