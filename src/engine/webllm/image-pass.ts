import { VISION_TYPES } from '../catalogue/runtimes.ts';
import type { ChatImage } from '../../protocol/chat-image.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Vision } from '../session/vision.ts';
import type { Pipeline } from './pipeline.ts';

/** Pictures through a compiled network. */
export interface ImagePass extends Vision {
  /** Appends a picture, `count` positions, to the network's cache. */
  readonly see: (image: ChatImage, count: number) => Promise<void>;
}

export interface ImagePassInit {
  readonly pipeline: Pipeline;
  /** MLC's `model_type`. */
  readonly architecture: string;
}

export interface ImagePassDeps {
  readonly decode: (image: ChatImage) => Promise<ImageData>;
}

/** Of the private pipeline of WebLLM 0.2.86, what it uses for pictures. */
interface ImagePipeline extends Pipeline {
  readonly image_embed: unknown;
  readonly computeImageEmbedSize: (height: number, width: number) => number;
  /** Pixels by address: what is in it is not fetched. */
  readonly imageDataCache: Map<string, ImageData>;
  readonly embedAndForward: (parts: readonly { readonly url: string }[], length: number) => Promise<unknown>;
}

/** Longer side to shorter: Phi 3.5's 16 tiles in a row. Of narrower ones WebLLM computes tiles without a width. */
const MOST_NARROW = 16;
/** WebLLM names pictures by address; this one is of none that could be fetched. */
const ADDRESS = 'weft:picture';

/** Null where this model, its library or this WebLLM has no way for pictures that is known here. */
export function createImagePass({ pipeline, architecture }: ImagePassInit, deps: ImagePassDeps): ImagePass | null {
  if (!VISION_TYPES.includes(architecture) || !isImagePipeline(pipeline)) return null;
  const { tvm, imageDataCache } = pipeline;
  return {
    positionsOf({ width, height }) {
      const shape = Math.max(width, height) / Math.min(width, height);
      if (shape > MOST_NARROW) throw unfit(`A picture of ${width} × ${height} pixels is too narrow for this model.`);
      const count = pipeline.computeImageEmbedSize(height, width);
      if (count <= pipeline.prefillChunkSize) return count;
      throw unfit(
        `A picture of ${width} × ${height} pixels takes ${count} tokens; this model reads ${pipeline.prefillChunkSize} at once.`,
      );
    },
    after: '\n',
    async see(image, count) {
      imageDataCache.set(ADDRESS, await deps.decode(image));
      tvm.beginScope();
      try {
        await pipeline.embedAndForward([{ url: ADDRESS }], count);
      } finally {
        tvm.endScope();
        imageDataCache.delete(ADDRESS);
      }
    },
  };
}

function unfit(sentence: string): WeftError {
  return new WeftError('engine/limits', sentence, {
    hints: ['Cut the picture to another shape, then attach it again.'],
  });
}

function isImagePipeline(pipeline: Pipeline): pipeline is ImagePipeline {
  const has = (name: keyof ImagePipeline) => Reflect.get(pipeline, name) as unknown;
  return (
    has('image_embed') != null &&
    has('imageDataCache') instanceof Map &&
    typeof has('computeImageEmbedSize') === 'function' &&
    typeof has('embedAndForward') === 'function'
  );
}
