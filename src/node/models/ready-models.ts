import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import type { Live, ModelsState } from '../app.ts';
import type { ModelOption } from '../engine-session.ts';
import { createLive } from '../live.ts';
import { modelRefOf } from './model-ref.ts';

/** What can be picked for a chat: the shipped model first, then every other one whose files are here. */
export function readyModels(
  shipped: CatalogueModel,
  state: Live<ModelsState>,
): Live<readonly [ModelOption, ...ModelOption[]]> {
  const first = optionOf(shipped);
  const options = createLive<readonly [ModelOption, ...ModelOption[]]>([first]);
  let known = new Map<CatalogueModel, ModelOption>();
  state.subscribe(({ entries }) => {
    const ready = entries
      .filter(({ stored, model }) => stored === 'ready' && model.features.includes('chat') && model.id !== shipped.id)
      .map(({ model }) => model);
    if (ready.length === known.size && ready.every((model) => known.has(model))) return;
    known = new Map(ready.map((model) => [model, known.get(model) ?? optionOf(model)]));
    options.set([first, ...known.values()]);
  });
  return options;
}

function optionOf(model: CatalogueModel): ModelOption {
  const { id, title, family, quantization } = model;
  return { id, title, description: `${family}, ${quantization}`, isRemote: false, ref: modelRefOf(model) };
}
