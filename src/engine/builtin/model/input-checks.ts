import { WeftError } from '../../../protocol/errors.ts';
import type { ModelConfig } from './model-config.ts';
import type { LayerRange } from '../../engine.ts';

/** Throws engine/bad-input unless `0 ≤ from < to ≤ layers`. */
export function checkRange(config: ModelConfig, range: LayerRange): void {
  const { from, to } = range;
  if (Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= config.layerCount) return;
  throw new WeftError(
    'engine/bad-input',
    `Layers ${from} to ${to} are not a range of the model's ${config.layerCount} layers.`,
  );
}

/** Throws engine/bad-input for no ids or an id outside the vocabulary. */
export function checkIds(config: ModelConfig, ids: Uint32Array | readonly number[]): void {
  if (ids.length === 0) throw new WeftError('engine/bad-input', 'No token ids were given; at least one was expected.');
  for (const id of ids) {
    if (Number.isInteger(id) && id >= 0 && id < config.vocabSize) continue;
    throw new WeftError(
      'engine/bad-input',
      `Token id ${id} is outside the vocabulary of ${config.vocabSize}; the tokenizer may belong to another model.`,
    );
  }
}

/** Throws engine/context-full when `length` tokens exceed the cache. */
export function checkFits(length: number, maxLength: number): void {
  if (length <= maxLength) return;
  throw new WeftError('engine/context-full', `The text needs ${length} tokens; the model keeps ${maxLength}.`, {
    hints: ['Start a new chat, or let the conversation be summarised.'],
  });
}

/** Throws engine/limits when a layer's keys for `maxLength` tokens exceed what the device binds at once. */
export function checkContext(device: GPUDevice, config: ModelConfig, maxLength: number): void {
  const tokenBytes = Math.max(config.kvHeadCount * config.headDim, config.headDim) * 4;
  const limitBytes = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  const most = Math.floor(limitBytes / tokenBytes);
  if (Number.isInteger(maxLength) && maxLength >= 1 && maxLength <= most) return;
  throw new WeftError('engine/limits', `A context of ${maxLength} tokens was asked for; this GPU binds 1 to ${most}.`, {
    hints: ['Use a shorter context.'],
  });
}
