import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import type { ModelRef } from '../../engine/engine.ts';

/** A model of the catalogue as an engine is asked for it. */
export function modelRefOf({ id, baseUrl, libraryUrl, contextLimit, runtimes }: CatalogueModel): ModelRef {
  const [only] = runtimes;
  return {
    id,
    baseUrl,
    libraryUrl,
    contextLimit,
    runtime: runtimes.length === 1 && only !== undefined ? only : 'auto',
  };
}
