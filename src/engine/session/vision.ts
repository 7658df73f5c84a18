import type { ChatImage } from '../../protocol/chat-image.ts';
import { WeftError } from '../../protocol/errors.ts';
import { imageIds } from '../../protocol/par1/image-ids.ts';

/** How a model on a GPU sees pictures. */
export interface Vision {
  /** Positions of its context that a picture of this size takes. Throws engine/limits for one that takes too many. */
  readonly positionsOf: (size: Pick<ChatImage, 'width' | 'height'>) => number;
  /** What its makers' prompts have after each picture. */
  readonly after: string;
}

/** A picture in a list of ids: `count` of them from `at` on stand for it. */
export interface PromptImage {
  readonly at: number;
  readonly count: number;
  readonly image: ChatImage;
}

/** The pictures of one prompt, while it is put together. */
export interface PromptImages {
  /** Where the next picture begins; the ids that stand for it. Throws model/no-vision. */
  readonly place: (image: ChatImage, at: number) => Uint32Array;
  readonly after: string;
  readonly placed: readonly PromptImage[];
}

/** `vision` is null for a model that does not see. */
export function createPromptImages(vision: Vision | null): PromptImages {
  const placed: PromptImage[] = [];
  return {
    place(image, at) {
      if (vision === null) {
        throw new WeftError('model/no-vision', 'This model does not see pictures.', {
          hints: ['Choose a model that sees pictures.', 'Ask without the picture.'],
        });
      }
      const count = vision.positionsOf(image);
      placed.push({ at, count, image });
      return imageIds(image.bytes, count);
    },
    after: vision?.after ?? '',
    placed,
  };
}

/** The pictures that begin at `from` or later, counted from there. */
export function imagesFrom(images: readonly PromptImage[], from: number): readonly PromptImage[] {
  return images.filter(({ at }) => at >= from).map((one) => ({ ...one, at: one.at - from }));
}
