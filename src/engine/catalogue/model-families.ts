import type { ModelFeature } from './catalogue-model.ts';

/** What WebLLM's catalogue does not say about a model. */
export interface FamilyFacts {
  readonly family: string;
  /** The part of the title after the family: "8B Instruct". */
  readonly name: string;
  /** All parameters; null where its makers do not give one plain number. */
  readonly parameterCount: number | null;
  /** Null where we are not sure: the model's own page decides. */
  readonly license: { readonly name: string; readonly url: string } | null;
  readonly features: readonly ModelFeature[];
  /** Rows and columns of the embedding, the largest matrix; null where unknown. */
  readonly embedding: readonly [rows: number, cols: number] | null;
  /** Of an architecture that the built-in engine runs: plain llama, qwen2, qwen3. */
  readonly isBuiltin: boolean;
}

const APACHE = { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' };
const MIT = { name: 'MIT', url: 'https://opensource.org/license/mit' };
const GEMMA = { name: 'Gemma Terms of Use', url: 'https://ai.google.dev/gemma/terms' };
const LLAMA_2 = { name: 'Llama 2 Community License', url: 'https://ai.meta.com/llama/license/' };
const LLAMA_3 = { name: 'Llama 3 Community License', url: 'https://www.llama.com/llama3/license/' };
const LLAMA_3_1 = { name: 'Llama 3.1 Community License', url: 'https://www.llama.com/llama3_1/license/' };
const LLAMA_3_2 = { name: 'Llama 3.2 Community License', url: 'https://www.llama.com/llama3_2/license/' };
const QWEN_RESEARCH = {
  name: 'Qwen Research License',
  url: 'https://huggingface.co/Qwen/Qwen2.5-3B-Instruct/blob/main/LICENSE',
};

const CHAT = ['chat'] as const;
const CODE = ['chat', 'code'] as const;
const MATH = ['chat', 'math'] as const;
/** Trained to call tools in a form that the engine knows (session/tool-dialect). */
const TOOLS = ['chat', 'tools'] as const;
const THINKING = ['chat', 'thinking'] as const;
const THINKING_TOOLS = ['chat', 'thinking', 'tools'] as const;

/** Architectures that the built-in engine runs, by the size of their embedding. */
const plain = (rows: number, cols: number) => ({ embedding: [rows, cols], isBuiltin: true }) as const;
const LIBRARY_ONLY = { embedding: null, isBuiltin: false } as const;

const LLAMA_8B = { parameterCount: 8_030_000_000, ...plain(128_256, 4096) };
const LLAMA_3B = { parameterCount: 3_213_000_000, ...plain(128_256, 3072) };
const QWEN2_0_5B = { parameterCount: 494_000_000, ...plain(151_936, 896) };
const QWEN2_1_5B = { parameterCount: 1_544_000_000, ...plain(151_936, 1536) };
const QWEN2_3B = { parameterCount: 3_086_000_000, ...plain(151_936, 2048) };
const QWEN2_7B = { parameterCount: 7_616_000_000, ...plain(152_064, 3584) };
const MISTRAL_7B = { parameterCount: 7_242_000_000, ...LIBRARY_ONLY };
/** From v0.3 on the vocabulary has 32,768 entries instead of 32,000. */
const MISTRAL_7B_V3 = { parameterCount: 7_248_000_000, ...LIBRARY_ONLY };
const TINY_LLAMA = { parameterCount: 1_100_000_000, ...plain(32_000, 2048) };

const qwen2 = (name: string, size: Pick<FamilyFacts, 'parameterCount' | 'embedding' | 'isBuiltin'>): FamilyFacts => ({
  family: 'Qwen 2',
  name,
  license: APACHE,
  features: name.startsWith('Math') ? MATH : CHAT,
  ...size,
});
const qwen25 = (
  name: string,
  size: Pick<FamilyFacts, 'parameterCount' | 'embedding' | 'isBuiltin'>,
  license = APACHE,
): FamilyFacts => ({
  family: 'Qwen 2.5',
  name,
  license,
  features: name.startsWith('Math') ? MATH : name.startsWith('Coder') ? CODE : TOOLS,
  ...size,
});
const qwen3 = (name: string, parameterCount: number, cols: number): FamilyFacts => ({
  family: 'Qwen 3',
  name,
  parameterCount,
  license: APACHE,
  features: THINKING_TOOLS,
  ...plain(151_936, cols),
});
const qwen35 = (name: string, parameterCount: number): FamilyFacts => ({
  family: 'Qwen 3.5',
  name,
  parameterCount,
  license: APACHE,
  features: THINKING,
  ...LIBRARY_ONLY,
});
const phi = (family: string, name: string, parameterCount: number): FamilyFacts => ({
  family,
  name,
  parameterCount,
  license: MIT,
  features: CHAT,
  ...LIBRARY_ONLY,
});
const gemma = (family: string, name: string, parameterCount: number): FamilyFacts => ({
  family,
  name,
  parameterCount,
  license: GEMMA,
  features: CHAT,
  ...LIBRARY_ONLY,
});

/**
 * By the beginning of the id in WebLLM's catalogue; the longest that fits counts.
 *
 * Counts follow from the shapes in each model's own configuration, and for the embedding models from those in MLC's
 * compiled library. Licences are those on the makers' model cards on Hugging Face, for derived models the base's where that
 * asks for more. Looked up on 2026-11-21: Qwen 3.5 and Ministral 3 (Apache 2.0), Gemma 4 (Apache 2.0, unlike those before),
 * Qwen 2.5 3B (research), Snowflake Arctic Embed, StableLM 2 (its own, commercial use by membership: left to its page).
 * No card of WizardMath 1.1 could be looked up; what is not named here is as its makers announced it.
 */
const TABLE: Readonly<Record<string, FamilyFacts>> = {
  'Llama-3.2-1B-Instruct': {
    family: 'Llama 3.2',
    name: '1B',
    parameterCount: 1_236_000_000,
    license: LLAMA_3_2,
    features: TOOLS,
    ...plain(128_256, 2048),
  },
  'Llama-3.2-3B-Instruct': { family: 'Llama 3.2', name: '3B', license: LLAMA_3_2, features: TOOLS, ...LLAMA_3B },
  'Llama-3.1-8B-Instruct': { family: 'Llama 3.1', name: '8B', license: LLAMA_3_1, features: TOOLS, ...LLAMA_8B },
  'Llama-3.1-70B-Instruct': {
    family: 'Llama 3.1',
    name: '70B',
    parameterCount: 70_554_000_000,
    license: LLAMA_3_1,
    features: TOOLS,
    ...plain(128_256, 8192),
  },
  'Llama-3-8B-Instruct': { family: 'Llama 3', name: '8B', license: LLAMA_3, features: CHAT, ...LLAMA_8B },
  'Llama-3-70B-Instruct': {
    family: 'Llama 3',
    name: '70B',
    parameterCount: 70_554_000_000,
    license: LLAMA_3,
    features: CHAT,
    ...plain(128_256, 8192),
  },
  'Llama-2-7b-chat-hf': {
    family: 'Llama 2',
    name: '7B',
    parameterCount: 6_738_000_000,
    license: LLAMA_2,
    features: CHAT,
    ...plain(32_000, 4096),
  },
  'Llama-2-13b-chat-hf': {
    family: 'Llama 2',
    name: '13B',
    parameterCount: 13_016_000_000,
    license: LLAMA_2,
    features: CHAT,
    ...plain(32_000, 5120),
  },
  'DeepSeek-R1-Distill-Qwen-7B': {
    family: 'DeepSeek R1 Distill',
    name: 'Qwen 7B',
    license: MIT,
    features: ['chat', 'thinking', 'math'],
    ...QWEN2_7B,
  },
  'DeepSeek-R1-Distill-Llama-8B': {
    family: 'DeepSeek R1 Distill',
    name: 'Llama 8B',
    license: LLAMA_3_1,
    features: ['chat', 'thinking', 'math'],
    ...LLAMA_8B,
  },
  'Hermes-2-Theta-Llama-3-8B': {
    family: 'Hermes 2',
    name: 'Theta Llama 8B',
    license: LLAMA_3,
    features: TOOLS,
    ...LLAMA_8B,
  },
  'Hermes-2-Pro-Llama-3-8B': {
    family: 'Hermes 2',
    name: 'Pro Llama 8B',
    license: LLAMA_3,
    features: TOOLS,
    ...LLAMA_8B,
  },
  'Hermes-2-Pro-Mistral-7B': {
    family: 'Hermes 2',
    name: 'Pro Mistral 7B',
    license: APACHE,
    features: CHAT,
    ...MISTRAL_7B,
  },
  'Hermes-3-Llama-3.2-3B': { family: 'Hermes 3', name: '3B', license: LLAMA_3_2, features: TOOLS, ...LLAMA_3B },
  'Hermes-3-Llama-3.1-8B': { family: 'Hermes 3', name: '8B', license: LLAMA_3_1, features: TOOLS, ...LLAMA_8B },
  'OpenHermes-2.5-Mistral-7B': {
    family: 'OpenHermes 2.5',
    name: '7B',
    license: APACHE,
    features: CHAT,
    ...MISTRAL_7B,
  },
  'NeuralHermes-2.5-Mistral-7B': {
    family: 'NeuralHermes 2.5',
    name: '7B',
    license: APACHE,
    features: CHAT,
    ...MISTRAL_7B,
  },
  'Mistral-7B-Instruct-v0.3': { family: 'Mistral', name: '7B v0.3', license: APACHE, features: CHAT, ...MISTRAL_7B_V3 },
  'Mistral-7B-Instruct-v0.2': { family: 'Mistral', name: '7B v0.2', license: APACHE, features: CHAT, ...MISTRAL_7B },
  'WizardMath-7B-V1.1': { family: 'WizardMath', name: '7B', license: null, features: MATH, ...MISTRAL_7B },
  'Ministral-3-3B-Base': {
    family: 'Ministral 3',
    name: '3B Base (completes text)',
    parameterCount: 3_430_000_000,
    license: APACHE,
    features: [],
    ...LIBRARY_ONLY,
  },
  'Ministral-3-3B-Reasoning': {
    family: 'Ministral 3',
    name: '3B Reasoning',
    parameterCount: 3_430_000_000,
    license: APACHE,
    features: THINKING,
    ...LIBRARY_ONLY,
  },
  'Ministral-3-3B-Instruct': {
    family: 'Ministral 3',
    name: '3B',
    parameterCount: 3_430_000_000,
    license: APACHE,
    features: CHAT,
    ...LIBRARY_ONLY,
  },
  'Phi-3.5-mini-instruct': phi('Phi 3.5', 'Mini', 3_821_000_000),
  'Phi-3.5-vision-instruct': { ...phi('Phi 3.5', 'Vision', 4_147_000_000), features: ['chat', 'vision'] },
  'Phi-4-mini-instruct': phi('Phi 4', 'Mini', 3_836_000_000),
  'Phi-3-mini-4k-instruct': phi('Phi 3', 'Mini', 3_821_000_000),
  'phi-2': phi('Phi 2', '2.8B', 2_780_000_000),
  'phi-1_5': phi('Phi 1.5', '1.4B', 1_418_000_000),
  'SmolLM2-1.7B-Instruct': {
    family: 'SmolLM2',
    name: '1.7B',
    parameterCount: 1_711_000_000,
    license: APACHE,
    features: CHAT,
    ...plain(49_152, 2048),
  },
  'SmolLM2-360M-Instruct': {
    family: 'SmolLM2',
    name: '360M',
    parameterCount: 362_000_000,
    license: APACHE,
    features: CHAT,
    ...plain(49_152, 960),
  },
  'SmolLM2-135M-Instruct': {
    family: 'SmolLM2',
    name: '135M',
    parameterCount: 135_000_000,
    license: APACHE,
    features: CHAT,
    ...plain(49_152, 576),
  },
  'gemma-4-E2B-it': {
    family: 'Gemma 4',
    name: 'E2B',
    // 5.1 thousand million with the embeddings of each layer, 2.3 that count: no one plain number.
    parameterCount: null,
    license: APACHE,
    features: CHAT,
    ...LIBRARY_ONLY,
  },
  'gemma-2-2b-it': gemma('Gemma 2', '2B', 2_614_000_000),
  'gemma-2-2b-jpn-it': gemma('Gemma 2', '2B Japanese', 2_614_000_000),
  'gemma-2-9b-it': gemma('Gemma 2', '9B', 9_242_000_000),
  'gemma3-1b-it': gemma('Gemma 3', '1B', 1_000_000_000),
  'gemma-2b-it': gemma('Gemma', '2B', 2_506_000_000),
  'OLMo-2-1124-7B-Instruct': {
    family: 'OLMo 2',
    name: '7B',
    parameterCount: 7_299_000_000,
    license: APACHE,
    features: CHAT,
    ...LIBRARY_ONLY,
  },
  'OLMo-2-0425-1B-Instruct': {
    family: 'OLMo 2',
    name: '1B',
    parameterCount: 1_485_000_000,
    license: APACHE,
    features: CHAT,
    ...LIBRARY_ONLY,
  },
  'Qwen3-0.6B': qwen3('0.6B', 596_000_000, 1024),
  'Qwen3-1.7B': qwen3('1.7B', 1_721_000_000, 2048),
  'Qwen3-4B': qwen3('4B', 4_022_000_000, 2560),
  'Qwen3-8B': qwen3('8B', 8_191_000_000, 4096),
  'Qwen3.5-0.8B': qwen35('0.8B', 800_000_000),
  'Qwen3.5-2B': qwen35('2B', 2_000_000_000),
  'Qwen3.5-4B': qwen35('4B', 4_000_000_000),
  'Qwen3.5-9B': qwen35('9B', 9_000_000_000),
  'Qwen2.5-0.5B-Instruct': qwen25('0.5B', QWEN2_0_5B),
  'Qwen2.5-1.5B-Instruct': qwen25('1.5B', QWEN2_1_5B),
  'Qwen2.5-3B-Instruct': qwen25('3B', QWEN2_3B, QWEN_RESEARCH),
  'Qwen2.5-7B-Instruct': qwen25('7B', QWEN2_7B),
  'Qwen2.5-Coder-0.5B-Instruct': qwen25('Coder 0.5B', QWEN2_0_5B),
  'Qwen2.5-Coder-1.5B-Instruct': qwen25('Coder 1.5B', QWEN2_1_5B),
  'Qwen2.5-Coder-3B-Instruct': qwen25('Coder 3B', QWEN2_3B, QWEN_RESEARCH),
  'Qwen2.5-Coder-7B-Instruct': qwen25('Coder 7B', QWEN2_7B),
  'Qwen2.5-Math-1.5B-Instruct': qwen25('Math 1.5B', QWEN2_1_5B),
  'Qwen2-0.5B-Instruct': qwen2('0.5B', QWEN2_0_5B),
  'Qwen2-1.5B-Instruct': qwen2('1.5B', QWEN2_1_5B),
  'Qwen2-7B-Instruct': qwen2('7B', QWEN2_7B),
  'Qwen2-Math-1.5B-Instruct': qwen2('Math 1.5B', QWEN2_1_5B),
  'Qwen2-Math-7B-Instruct': qwen2('Math 7B', QWEN2_7B),
  'stablelm-2-zephyr-1_6b': {
    family: 'StableLM 2',
    name: 'Zephyr 1.6B',
    parameterCount: 1_644_000_000,
    license: null,
    features: CHAT,
    ...LIBRARY_ONLY,
  },
  'RedPajama-INCITE-Chat-3B-v1': {
    family: 'RedPajama',
    name: 'Chat 3B',
    parameterCount: 2_776_000_000,
    license: APACHE,
    features: CHAT,
    ...LIBRARY_ONLY,
  },
  'TinyLlama-1.1B-Chat-v1.0': {
    family: 'TinyLlama',
    name: '1.1B v1.0',
    license: APACHE,
    features: CHAT,
    ...TINY_LLAMA,
  },
  'TinyLlama-1.1B-Chat-v0.4': {
    family: 'TinyLlama',
    name: '1.1B v0.4',
    license: APACHE,
    features: CHAT,
    ...TINY_LLAMA,
  },
  'snowflake-arctic-embed-m': {
    family: 'Snowflake Arctic Embed',
    name: 'M',
    parameterCount: 108_900_000,
    license: APACHE,
    features: ['embedding'],
    ...LIBRARY_ONLY,
  },
  'snowflake-arctic-embed-s': {
    family: 'Snowflake Arctic Embed',
    name: 'S',
    parameterCount: 33_200_000,
    license: APACHE,
    features: ['embedding'],
    ...LIBRARY_ONLY,
  },
};

const PREFIXES = Object.keys(TABLE).sort((a, b) => b.length - a.length);

/** What we know of the model with this id; null where it is none of ours. */
export function familyFacts(modelId: string): FamilyFacts | null {
  const prefix = PREFIXES.find((one) => modelId.startsWith(`${one}-`));
  return prefix === undefined ? null : TABLE[prefix]!;
}
