import { inject } from 'vitest';
import { createRandomModel } from '../builtin/reference/random-model.ts';
import type { CatalogueModel } from '../catalogue/catalogue-model.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the file server, another than the page's. */
    fileServer: string;
  }
}

/** One answer that is not simply the file. */
export type Misbehaviour =
  | { readonly kind: 'fine' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** A web page, said to be of this type. */
  | { readonly kind: 'page'; readonly type: string }
  /** The right length, another content. */
  | { readonly kind: 'other'; readonly byte: number }
  | { readonly kind: 'short'; readonly bytes: number }
  /** So many bytes, then nothing more. */
  | { readonly kind: 'hang'; readonly bytes: number }
  /** So many bytes, then the connection breaks. */
  | { readonly kind: 'break'; readonly bytes: number };

/** A model of random weights on a server of another origin. */
export interface ServedModel {
  readonly model: CatalogueModel;
  readonly origin: string;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Puts a file there, or another one in its place, with how its first answers go. */
  serve(name: string, bytes?: Uint8Array<ArrayBuffer>, script?: readonly Misbehaviour[]): Promise<void>;
  take(name: string): Promise<void>;
  /** How often each file was asked for since it was put there. */
  requests(): Promise<Readonly<Record<string, number>>>;
}

const LIBRARY = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** Puts a small model of several files on the file server, under a folder of its own. */
export async function serveModel(part: Partial<CatalogueModel> = {}): Promise<ServedModel> {
  const origin = inject('fileServer');
  const baseUrl = `${origin}/${crypto.randomUUID()}/`;
  const { files: own } = createRandomModel({
    config: { hiddenSize: 64, intermediateSize: 128, layerCount: 4, headCount: 4, vocabSize: 512 },
    quantization: 'q4f16_1',
    seed: 1,
    shardBytes: 20_000,
  });
  const files = new Map([
    ...own,
    ['tokenizer.json', new TextEncoder().encode('{"version":"1.0"}')],
    ['lib.wasm', LIBRARY],
  ]);
  const model: CatalogueModel = {
    id: `model-${baseUrl.slice(-9, -1)}`,
    title: 'Small',
    family: 'Small',
    source: 'custom',
    baseUrl,
    libraryUrl: `${baseUrl}lib.wasm`,
    parameterCount: null,
    quantization: 'q4f16_1',
    download: { bytes: 200_000, isExact: false },
    memoryBytes: 200_000,
    largestBufferBytes: null,
    requiredFeatures: [],
    contextLimit: null,
    license: null,
    features: ['chat'],
    runtimes: ['builtin'],
    isLowResource: false,
    ...part,
  };
  const serve: ServedModel['serve'] = async (name, bytes = files.get(name), script = []) => {
    if (bytes === undefined) throw new Error(`The small model has no ${name}.`);
    files.set(name, bytes);
    await fetch(baseUrl + name, { method: 'PUT', body: bytes, headers: { 'x-script': JSON.stringify(script) } });
  };
  await Promise.all([...files.keys()].map((name) => serve(name)));
  return {
    model,
    origin,
    files,
    serve,
    async take(name) {
      await fetch(baseUrl + name, { method: 'DELETE' });
    },
    async requests() {
      return (await (await fetch(`${baseUrl}?requests`)).json()) as Record<string, number>;
    },
  };
}

/** The weight files of a model by name. */
export function shardsOf({ files }: ServedModel): readonly string[] {
  return [...files.keys()].filter((name) => name.endsWith('.bin'));
}
