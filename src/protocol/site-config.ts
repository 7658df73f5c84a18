import * as v from 'valibot';
import { siteChainSchema } from './site-chain.ts';

/** Where a page asks its own server what it may offer. */
export const SITE_CONFIG_PATH = '/weft.json';

const MAX_HOSTS = 32;
const MAX_MODELS = 256;
const MAX_FILES = 4096;

/** `https://host` with an optional leading `*.` and port; plain http only for this computer. */
const ORIGIN =
  /^(?:https:\/\/(?:\*\.)?[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|http:\/\/(?:localhost|127\.0\.0\.1))(?::\d{1,5})?$/;
/** One path segment that hides nothing: no slash, no leading dot. */
const SAFE_NAME = /^[A-Za-z0-9][\w.-]{0,199}$/;
/**
 * A path on the page's own origin; a second slash would name another host. The slash begins every part, so that there is
 * one way only to read a path: with more of them a long wrong one takes for ever.
 */
const OWN_PATH = /^(?:\/[A-Za-z0-9][\w.-]*)+\/?$/;

/** One entry of `modelHosts`, also as an operator writes it. */
export const modelHostSchema = v.pipe(v.string(), v.maxLength(300), v.regex(ORIGIN));

const siteModelSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]{0,99}$/)),
  title: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  /** Path on the page's origin, ending with a slash. */
  baseUrl: v.pipe(v.string(), v.maxLength(400), v.regex(OWN_PATH), v.endsWith('/')),
  /** Path of WebLLM's compiled library, or null: only the built-in engine can run it. */
  libraryUrl: v.nullable(v.pipe(v.string(), v.maxLength(600), v.regex(OWN_PATH))),
  files: v.pipe(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.regex(SAFE_NAME)),
        sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.maxLength(MAX_FILES),
  ),
  /** MLC's name of the architecture: llama, qwen3 … */
  modelType: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** MLC's name: q4f16_1, q0f32 … */
  quantization: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** Tokens of context; null where the model's configuration does not say. */
  contextLimit: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
});

/** What the page's server says: `GET /weft.json`. Fields that are not named here are ignored. */
export const siteConfigSchema = v.object({
  version: v.literal(1),
  /** Origins the page may offer to contact, once the person has agreed. */
  modelHosts: v.pipe(v.array(modelHostSchema), v.maxLength(MAX_HOSTS)),
  /** Models that the page's own server has. */
  models: v.pipe(v.array(siteModelSchema), v.maxLength(MAX_MODELS)),
  /** Null where everything costs nothing. What older servers said has no such field. */
  chain: v.optional(v.nullable(siteChainSchema), null),
});

export type SiteConfig = v.InferOutput<typeof siteConfigSchema>;
export type SiteModel = v.InferOutput<typeof siteModelSchema>;
