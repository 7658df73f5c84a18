import type { Engine, ModelRef } from '../../engine/engine.ts';
import type { OpenAiBackend, OpenAiModel } from '../../openai/backend.ts';
import { WeftError } from '../../protocol/errors.ts';

/** A model that an engine can be asked for. */
export interface EngineModel {
  readonly model: OpenAiModel;
  readonly ref: ModelRef;
}

export interface EngineBackendDeps {
  readonly engine: Pick<Engine, 'generate' | 'embed'>;
  /** Ids are unique. */
  readonly models: () => readonly EngineModel[];
}

/** The models of one engine, for the endpoint. */
export function createEngineBackend({ engine, models }: EngineBackendDeps): OpenAiBackend {
  const refOf = ({ id }: OpenAiModel): ModelRef => {
    const found = models().find(({ model }) => model.id === id);
    if (found !== undefined) return found.ref;
    throw new WeftError('gateway/unknown-model', `The model ${id} is not here any more.`);
  };
  return {
    models: () => models().map(({ model }) => model),
    find: (id) => models().find(({ model }) => model.id === id)?.model ?? null,
    generate: (model, request, signal) => engine.generate({ ...request, model: refOf(model) }, { signal }),
    embed: async (model, inputs, signal) => engine.embed({ model: refOf(model), inputs }, { signal }),
  };
}
