import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import { describeSiteModel } from '../../engine/catalogue/site-model.ts';
import { MAX_ENTRIES } from './constants.ts';
import type { ModelNotes } from './model-notes.ts';

export interface OfferedModelsInit {
  /** Shipped with the page. */
  readonly shipped: readonly CatalogueModel[];
  /** WebLLM's. */
  readonly catalogue: readonly CatalogueModel[];
  readonly notes: ModelNotes;
  /** The page's own. */
  readonly origin: string;
}

/**
 * Every model that can be had or is here, each id once: shipped, then from the page's own server, then WebLLM's, then
 * added ones. What is stored from a place that offers it no more stays.
 */
export function offeredModels({ shipped, catalogue, notes, origin }: OfferedModelsInit): readonly CatalogueModel[] {
  const known = new Map(catalogue.map((model) => [model.id, model]));
  const models = new Map<string, CatalogueModel>();
  const site = notes.site.models.map((model) => describeSiteModel(model, origin, known.get(model.id)));
  for (const model of [...shipped, ...site, ...catalogue, ...notes.custom]) {
    if (model !== null && !models.has(model.id)) models.set(model.id, model);
  }
  for (const { model } of notes.wishes) {
    // Files of another folder are not the offered ones; of the same folder, what is offered now is the newer description.
    if (models.get(model.id)?.baseUrl !== model.baseUrl) models.set(model.id, model);
  }
  const wished = new Set(notes.wishes.map(({ model }) => model.id));
  return [...models.values()].sort((a, b) => Number(wished.has(b.id)) - Number(wished.has(a.id))).slice(0, MAX_ENTRIES);
}
