declare module 'virtual:weft-catalogue' {
  import type { CatalogueModel } from './catalogue-model.ts';
  /** WebLLM's models, from tools/catalogue-plugin.ts. */
  const models: readonly CatalogueModel[];
  export default models;
}
