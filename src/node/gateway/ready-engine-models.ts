import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import { modelRefOf } from '../models/model-ref.ts';
import type { EngineModel } from './engine-backend.ts';

/** Longest answer of this device to a program; the engine ends earlier where the model's context does. */
const MAX_TOKENS = 8_192;

/** Models whose files are on this device, as pages of its origin may ask for them. */
export function readyEngineModels(models: readonly CatalogueModel[]): readonly EngineModel[] {
  return models.map((model) => ({
    ref: modelRefOf(model),
    model: {
      id: model.id,
      title: model.title,
      manifest: null,
      kind: model.features.includes('embedding') ? 'embedding' : 'chat',
      contextLimit: model.contextLimit,
      maxTokens: Math.min(model.contextLimit ?? MAX_TOKENS, MAX_TOKENS),
      vision: model.features.includes('vision'),
      tools: model.features.includes('tools'),
      // What the makers recommend is known once a model is loaded; these are the API's own.
      defaults: { temperature: 1, topP: 1 },
    },
  }));
}
