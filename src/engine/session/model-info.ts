import type { ModelInfo } from '../engine.ts';
import type { RunningModel } from './runtime.ts';
import type { ModelFolder } from './model-folder.ts';

/** Longest answer unless the person sets another; half of a short context. */
const DEFAULT_MAX_TOKENS = 1024;
/** Candidates of PAR-1's sampler. */
const DEFAULT_TOP_K = 32;

/** What a person and the page are told about a loaded model. */
export function modelInfoOf(folder: ModelFolder, running: RunningModel): ModelInfo {
  const { summary, chat, ref } = folder;
  const { contextLimit } = running.sequence;
  return {
    id: ref.id,
    runtime: running.runtime,
    ...summary,
    manifest: folder.manifest,
    parameterCount: running.parameterCount,
    weightBytes: running.weightBytes,
    layerCount: running.layerCount,
    contextLimit,
    defaults: {
      temperature: chat.temperature,
      topP: chat.topP,
      topK: DEFAULT_TOP_K,
      maxTokens: Math.min(DEFAULT_MAX_TOKENS, Math.max(1, Math.floor(contextLimit / 2))),
      seed: null,
      stop: [],
    },
    systemPrompt: chat.template.systemMessage,
    tools: folder.dialect !== null,
    vision: running.vision !== null,
    adapter: running.adapter,
  };
}
