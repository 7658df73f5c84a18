declare module 'virtual:weft-catalogue' {
  /** WebLLM's models, from tools/catalogue-plugin.ts: `readonly CatalogueModel[]` (this file can import no types). */
  const models: unknown;
  export default models;
}
