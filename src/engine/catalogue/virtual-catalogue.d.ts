declare module 'virtual:weft-catalogue' {
  /** WebLLM's models, from tools/catalogue-plugin.ts. */
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports -- an ambient module cannot import from a relative path
  const models: readonly import('./catalogue-model.ts').CatalogueModel[];
  export default models;
}
