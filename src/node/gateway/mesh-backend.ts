import type { GenerateEvent } from '../../engine/engine.ts';
import type { KnownNode } from '../../mesh/host/mesh-host.ts';
import type { OpenAiBackend, OpenAiModel } from '../../openai/backend.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import type { PromptRequest } from '../../protocol/prompt-request.ts';
import { medianOf } from '../consumer/mesh/common-word.ts';
import { meshModelsOf } from '../consumer/mesh/mesh-models.ts';

/** Of a manifest, in the name of a model whose plain name another one has. */
const NAME_DIGITS = 12;
/** Begin and end of a text, as embedding models mark them. */
const MARKS_PER_TEXT = 2;

export interface MeshBackendDeps {
  readonly nodes: () => readonly KnownNode[];
  readonly consumer: {
    generate(manifest: Hex32, request: PromptRequest, signal: AbortSignal): AsyncIterable<GenerateEvent>;
    embed(
      manifest: Hex32,
      inputs: readonly string[],
      signal: AbortSignal,
    ): Promise<{ readonly vectors: readonly Float32Array[]; readonly promptTokens: number }>;
  };
}

/**
 * What members of a mesh serve, for the endpoint. Nodes name their models themselves: where two different models have one
 * name, the one that more nodes serve keeps it, and either can be asked for as `name@` with the beginning of its manifest
 * or by its whole manifest, which says what it is whoever serves it.
 */
export function createMeshBackend({ nodes, consumer }: MeshBackendDeps): OpenAiBackend {
  const models = () => modelsOf(nodes());
  return {
    models,
    find(id) {
      const all = models();
      const listed = all.find((model) => model.id === id);
      if (listed !== undefined) return listed;
      const [name, digits] = id.split('@');
      const isPin = digits !== undefined && digits.length >= NAME_DIGITS;
      const pinned = all.find(
        ({ manifest, id: own }) =>
          manifest === id || (isPin && own.split('@')[0] === name && manifest?.slice(2).startsWith(digits) === true),
      );
      // Under the name it was asked for: a client that pins one wants to see that it got it.
      return pinned === undefined ? null : { ...pinned, id };
    },
    generate: (model, request, signal) => consumer.generate(manifestOf(model), request, signal),
    async embed(model, inputs, signal) {
      const { vectors, promptTokens } = await consumer.embed(manifestOf(model), inputs, signal);
      return { vectors, promptTokens: Math.min(promptTokens, mostTokens(inputs)) };
    },
  };
}

function modelsOf(nodes: readonly KnownNode[]): readonly OpenAiModel[] {
  const taken = new Set<string>();
  return meshModelsOf(nodes).map(({ id, title, manifest, kind, contextLimit, vision, tools }) => {
    const name = taken.has(id) ? `${id}@${manifest.slice(2, 2 + NAME_DIGITS)}` : id;
    taken.add(name);
    const offers = nodes.flatMap(({ card }) =>
      card.isAccepting ? card.models.filter((model) => model.manifest === manifest && model.kind === kind) : [],
    );
    return {
      id: name,
      ...{ title, manifest, kind, contextLimit, vision, tools },
      maxTokens: Math.max(...offers.map(({ maxTokens }) => maxTokens)),
      defaults: {
        temperature: medianOf(offers.map(({ defaults }) => defaults.temperature)),
        topP: medianOf(offers.map(({ defaults }) => defaults.topP)),
      },
    };
  });
}

/** No tokenizer makes more tokens of a text than it has bytes; the other node, which counts, could say anything. */
function mostTokens(inputs: readonly string[]): number {
  const encoder = new TextEncoder();
  return inputs.reduce((sum, text) => sum + encoder.encode(text).length + MARKS_PER_TEXT, 0);
}

function manifestOf({ manifest, id }: OpenAiModel): Hex32 {
  if (manifest !== null) return manifest;
  throw new WeftError('app/internal', `The model ${id} of other nodes has no manifest.`);
}
