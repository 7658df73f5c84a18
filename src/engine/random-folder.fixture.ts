import { toHex } from '../protocol/ids.ts';
import { createBuiltinRuntime } from './builtin/builtin-runtime.ts';
import { DEFAULT_VARIANTS } from './builtin/kernels/kernel-variants.ts';
import { createTransformer } from './builtin/model/create-transformer.ts';
import type { Quantization } from './builtin/model/model-config.ts';
import { createRandomModel } from './builtin/reference/random-model.ts';
import { acquireDevice } from './device.ts';
import { guideRef } from './engine.fixture.ts';
import type { Engine, ModelRef } from './engine.ts';
import { importXgrammar } from './import-xgrammar.ts';
import type { Fetch } from './session/fetch-bytes.ts';
import { createModelEngine } from './session/model-engine.ts';
import { createRuntimeMemory } from './session/runtime-memory.ts';
import { withTokens } from './session/tool-tokens.fixture.ts';

/** Of the random models. */
export const SIZES = {
  hiddenSize: 96,
  intermediateSize: 160,
  headCount: 6,
  kvHeadCount: 2,
  layerCount: 5,
  vocabSize: 2048,
};
const opened: Engine[] = [];

/** Ends what a test left on the GPU. */
export async function closeEngines(): Promise<void> {
  for (const engine of opened.splice(0)) await engine.unload();
}

/** The engine as the worker makes it, on this thread; {@link closeEngines} ends it. */
export function openEngine(fetch: Fetch): Engine {
  const engine = createModelEngine({
    fetch,
    runtimes: [
      createBuiltinRuntime({
        acquireDevice: () => acquireDevice({ gpu: navigator.gpu, isSecureContext: true, userAgent: '' }),
        createTransformer,
        chooseVariants: () => Promise.resolve(DEFAULT_VARIANTS),
      }),
    ],
    importXgrammar,
    memory: createRuntimeMemory(null),
    nowMs: () => performance.now(),
  });
  opened.push(engine);
  return engine;
}

/**
 * Random weights with the guide's tokenizer and template: a whole model folder as a publisher lays it out. `tokens` are
 * added to the tokenizer's own, `conversation` replaces parts of the template.
 */
export async function randomFolder(
  family: 'llama' | 'qwen2' | 'qwen3',
  quantization: Quantization,
  tokens: readonly string[] = [],
  conversation: object = {},
) {
  const { files } = createRandomModel({ config: { ...SIZES, family }, quantization, seed: 11 });
  const all = new Map<string, Uint8Array<ArrayBuffer>>(files);
  const guideFile = async (name: string) =>
    new Uint8Array(await (await fetch(new URL(name, guideRef.baseUrl))).arrayBuffer());
  const text = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  all.set('tokenizer.json', json(withTokens(text(await guideFile('tokenizer.json')), tokens, SIZES.vocabSize)));
  const { conv_template: guideTemplate } = text(await guideFile('mlc-chat-config.json'));
  const config = {
    ...text(all.get('mlc-chat-config.json')!),
    conv_template: { ...(guideTemplate as object), ...conversation },
  };
  all.set('mlc-chat-config.json', json(config));
  const entries = [...all].map(async ([name, bytes]) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return [name, { sizeBytes: bytes.length, sha256: toHex(digest).slice(2) }] as const;
  });
  const manifest = {
    version: 1,
    model: `random-${family}`,
    quantization,
    files: Object.fromEntries(await Promise.all(entries)),
  };
  all.set('weft-manifest.json', json(manifest));

  const ref: ModelRef = { ...guideRef, id: `random-${family}-${quantization}`, baseUrl: 'https://models.test/random/' };
  const fetchFile: Fetch = (url) => {
    const bytes = all.get(url.slice(ref.baseUrl.length));
    return Promise.resolve(bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes));
  };
  return { ref, fetchFile };
}
