import * as v from 'valibot';
import { MAX_EMBED_CHARS, MAX_EMBED_INPUTS } from './constants.ts';
import { absent, ignored, maybe, modelField } from './fields.ts';

const input = v.pipe(
  v.string('must be a text: ids of tokens are not taken, since each model has its own'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(MAX_EMBED_CHARS, `has at most ${MAX_EMBED_CHARS} characters`),
);

/** `POST /v1/embeddings`. */
export const embeddingRequestSchema = v.strictObject({
  model: modelField,
  input: v.lazy((given) =>
    Array.isArray(given)
      ? v.pipe(
          v.array(input),
          v.minLength(1, 'must hold a text'),
          v.maxLength(MAX_EMBED_INPUTS, `holds at most ${MAX_EMBED_INPUTS} texts`),
        )
      : v.pipe(
          input,
          v.transform((text) => [text]),
        ),
  ),
  encoding_format: maybe(v.picklist(['float', 'base64'], 'must be float or base64')),
  dimensions: absent('a vector is as long as its model makes it'),
  user: ignored,
});
