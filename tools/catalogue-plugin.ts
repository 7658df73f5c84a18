import * as webllm from '@mlc-ai/web-llm';
import * as v from 'valibot';
import type { Plugin } from 'vite';
import type { CatalogueModel, ModelFeature } from '../src/engine/catalogue/catalogue-model.ts';
import { describePrebuilt } from '../src/engine/catalogue/prebuilt-record.ts';

const NAME = 'virtual:weft-catalogue';

const configSchema = v.object({ model_list: v.array(v.unknown()) });

/** WebLLM's models with what we know besides. */
export function prebuiltModels(): readonly CatalogueModel[] {
  // Parsed like any other data: the library's own types cannot be resolved by Node's rules.
  const config: unknown = (webllm as Readonly<Record<string, unknown>>)['prebuiltAppConfig'];
  return v.parse(configSchema, config).model_list.map(describePrebuilt);
}

/** What the page can do with a model today; the rest is not promised on its card. */
const USED: ReadonlySet<ModelFeature> = new Set(['chat', 'vision', 'thinking', 'code', 'math', 'tools']);

/** Those that write answers: a model that only compares texts would be a download for nothing. */
export function offeredModels(): readonly CatalogueModel[] {
  return prebuiltModels()
    .filter(({ features }) => features.includes('chat'))
    .map((model) => ({ ...model, features: model.features.filter((feature) => USED.has(feature)) }));
}

/**
 * The catalogue as a module of plain data. It is computed here, when the page is built: the library itself, 6.8 MB, is
 * loaded only by the worker that runs it.
 */
export function catalogue(): Plugin {
  return {
    name: 'weft-catalogue',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(offeredModels())};` : null),
  };
}
