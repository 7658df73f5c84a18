import type { OpenAiBackend, OpenAiModel } from '../../openai/backend.ts';

export interface PageBackendDeps {
  /** Models of this device, whose manifests are not known before they are loaded. */
  readonly own: OpenAiBackend;
  /** Those of other nodes, each with its manifest. */
  readonly mesh: OpenAiBackend;
}

/** What a page of this origin may ask: this device's models, and under other names those of the mesh. */
export function createPageBackend({ own, mesh }: PageBackendDeps): OpenAiBackend {
  const sideOf = ({ manifest }: OpenAiModel) => (manifest === null ? own : mesh);
  return {
    models() {
      const here = own.models();
      const taken = new Set(here.map(({ id }) => id));
      // A name that this device has means its own model; the other one is there under its manifest.
      const others = mesh
        .models()
        .map((model) => (taken.has(model.id) && model.manifest !== null ? { ...model, id: model.manifest } : model));
      return [...here, ...others];
    },
    find: (id) => own.find(id) ?? mesh.find(id),
    generate: (model, request, signal) => sideOf(model).generate(model, request, signal),
    embed: (model, inputs, signal) => sideOf(model).embed(model, inputs, signal),
  };
}
