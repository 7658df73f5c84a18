import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import type { Engine } from '../../engine/engine.ts';
import type { KnownNode } from '../../mesh/host/mesh-host.ts';
import { createOpenAiHandler } from '../../openai/handler.ts';
import type { OpenAiHandler } from '../../openai/handler.ts';
import { LOCAL_GATEWAY_PATH } from '../../openai/local/local-messages.ts';
import type { ModelsState } from '../app.ts';
import { meshModelRef } from '../consumer/mesh/mesh-ref.ts';
import { createEngineBackend } from './engine-backend.ts';
import { createMeshBackend } from './mesh-backend.ts';
import { createPageBackend } from './page-backend.ts';
import { readyEngineModels } from './ready-engine-models.ts';

export interface PageHandlerInit {
  /** Comes with the page and is always there. */
  readonly shipped: CatalogueModel;
}

export interface PageHandlerDeps {
  /** Runs this device's models, and others' under the address of their manifest. */
  readonly engine: Pick<Engine, 'generate' | 'embed'>;
  readonly models: () => ModelsState;
  readonly nodes: () => readonly KnownNode[];
  readonly onError: (error: unknown) => void;
}

/** The endpoint for pages of this origin: this device's models, and those of the mesh where the person agreed to it. */
export function createPageHandler({ shipped }: PageHandlerInit, deps: PageHandlerDeps): OpenAiHandler {
  const { engine } = deps;
  const ready = () => [
    shipped,
    ...deps
      .models()
      .entries.flatMap(({ stored, model }) => (stored === 'ready' && model.id !== shipped.id ? [model] : [])),
  ];
  return createOpenAiHandler(
    { basePath: LOCAL_GATEWAY_PATH },
    {
      backend: createPageBackend({
        own: createEngineBackend({ engine, models: () => readyEngineModels(ready()) }),
        mesh: createMeshBackend({
          nodes: deps.nodes,
          consumer: {
            generate: (manifest, request, signal) =>
              engine.generate({ ...request, model: meshModelRef({ id: '', manifest }) }, { signal }),
            embed: async (manifest, inputs, signal) =>
              engine.embed({ model: meshModelRef({ id: '', manifest }), inputs }, { signal }),
          },
        }),
      }),
      // A page of this origin reads what is stored here anyway.
      authorize: () => ({ key: null, tokensLeft: null, spend: () => undefined }),
      onError: deps.onError,
      nowMs: Date.now,
    },
  );
}
