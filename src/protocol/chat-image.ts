import * as v from 'valibot';
import { IMAGE_TYPES, readImageHead } from './image-head.ts';

/** Pictures of one question. */
export const MAX_IMAGES_PER_TURN = 4;
/** Bytes of one picture's file. */
export const MAX_IMAGE_BYTES = 4 * 1024 * 1024;
/** Width and height of one picture in pixels; 16 bytes of memory for each pixel while a model looks at it. */
const MAX_IMAGE_SIDE_PX = 2048;

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_IMAGE_SIDE_PX));

/** Size and type of a picture, as they are kept beside its bytes. */
export const imageShape = { mimeType: v.picklist(IMAGE_TYPES), width: side, height: side } as const;

/** A picture whose bytes begin as a file of this type and size does. */
export const chatImageSchema = v.pipe(
  v.object({
    ...imageShape,
    bytes: v.pipe(
      v.instance(Uint8Array),
      v.check(({ length }) => length <= MAX_IMAGE_BYTES, `at most ${MAX_IMAGE_BYTES} bytes`),
    ),
  }),
  v.check(isAsItSays, 'a picture that is what it is said to be'),
);

/** The pictures of one turn. */
export const chatImagesSchema = v.pipe(v.array(chatImageSchema), v.maxLength(MAX_IMAGES_PER_TURN));

/** A picture as a file of one of {@link IMAGE_TYPES}. Width and height in pixels, as the file itself says. */
export interface ChatImage {
  readonly mimeType: (typeof IMAGE_TYPES)[number];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

function isAsItSays({ bytes, mimeType, width, height }: ChatImage): boolean {
  const head = readImageHead(bytes);
  return head?.mimeType === mimeType && head.width === width && head.height === height;
}
