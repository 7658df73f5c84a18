/** Which engine can run a model: our own transformer, or WebLLM with a compiled library. */
export type RuntimeName = 'builtin' | 'webllm';

export type ModelFeature = 'chat' | 'vision' | 'embedding' | 'tools' | 'thinking' | 'code' | 'math';

/** A model that can be had, wherever it comes from. Sizes in bytes. */
export interface CatalogueModel {
  /** Unique; in WebLLM's catalogue its `model_id`. */
  readonly id: string;
  /** For people: "Qwen 3 · 0.6B". */
  readonly title: string;
  /** Of the same makers and architecture: "Qwen 3". */
  readonly family: string;
  /** Shipped with the page, in WebLLM's catalogue, offered by the relay that serves the page, or added by URL. */
  readonly source: 'guide' | 'catalogue' | 'relay' | 'custom';
  /** Absolute URL of the folder with the MLC files, ending with a slash. */
  readonly baseUrl: string;
  /** Absolute URL of WebLLM's compiled library; null where there is none. */
  readonly libraryUrl: string | null;
  /** Parameters, all of them; null where unknown. */
  readonly parameterCount: number | null;
  /** MLC's name: q4f16_1, q0f32 … */
  readonly quantization: string;
  readonly download: { readonly bytes: number; readonly isExact: boolean };
  /** Graphics memory while it runs, as its publisher states it or estimated from its size. */
  readonly memoryBytes: number;
  /** Largest single GPU buffer it needs; null where unknown. */
  readonly largestBufferBytes: number | null;
  /** WebGPU features a device must have; only the library needs them, the built-in engine widens f16. */
  readonly requiredFeatures: readonly string[];
  /** Tokens of context; null where the configuration decides. */
  readonly contextLimit: number | null;
  readonly license: { readonly name: string; readonly url: string | null } | null;
  readonly features: readonly ModelFeature[];
  /** At least one. */
  readonly runtimes: readonly RuntimeName[];
  /** Made for phones and small laptops. */
  readonly isLowResource: boolean;
}
