import type { ModelInfo } from '../../../engine/engine.ts';
import type { KnownNode } from '../../../mesh/host/mesh-host.ts';
import type { Hex32 } from '../../../protocol/ids.ts';
import type { SamplingSettings } from '../../../protocol/chat.ts';
import { agreedOn, medianOf } from './common-word.ts';
import { meshModelRef } from './mesh-ref.ts';

/** A model that others run, in the words of an engine; null where nobody serves it. */
export function describeNodes(nodes: readonly KnownNode[], manifest: Hex32): ModelInfo | null {
  const offers = nodes.flatMap(({ card }) =>
    card.models.filter((model) => model.manifest === manifest && model.kind === 'chat'),
  );
  const first = offers[0];
  if (first === undefined) return null;
  return {
    id: meshModelRef(first).id,
    runtime: 'mesh',
    manifest,
    architecture: 'unknown',
    quantization: first.quantization,
    parameterCount: first.parameterCount,
    weightBytes: 0,
    vocabSize: 0,
    contextLimit: Math.max(...offers.map(({ contextLimit }) => contextLimit)),
    layerCount: 0,
    defaults: commonDefaults(offers.map(({ defaults }) => defaults)),
    // Whoever could set it alone would speak in every chat with this model.
    systemPrompt: agreedOn(offers.map(({ systemPrompt }) => systemPrompt)) ?? '',
    vision: agreedOn(offers.map(({ vision }) => vision)) ?? false,
    tools: agreedOn(offers.map(({ tools }) => tools)) ?? false,
    adapter: {
      vendor: 'mesh',
      architecture: '',
      description: 'other nodes of the mesh',
      isFallback: false,
      hasF16: false,
      maxBufferBytes: 0,
    },
  };
}

function commonDefaults(said: readonly SamplingSettings[]): SamplingSettings {
  return {
    temperature: medianOf(said.map(({ temperature }) => temperature)),
    topP: medianOf(said.map(({ topP }) => topP)),
    topK: medianOf(said.map(({ topK }) => topK)),
    maxTokens: medianOf(said.map(({ maxTokens }) => maxTokens)),
    seed: null,
    stop: agreedOn(said.map(({ stop }) => stop)) ?? [],
  };
}
