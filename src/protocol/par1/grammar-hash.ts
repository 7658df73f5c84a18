import { utf8ToBytes } from '@noble/hashes/utils.js';
import { hex32 } from '../ids.ts';
import type { Hex32 } from '../ids.ts';
import type { PromptRequest } from '../prompt-request.ts';
import { HASH_BYTES } from './constants.ts';
import { taggedHash } from './sha256.ts';

/** Of an answer that is free text. */
const FREE_TEXT = hex32(new Uint8Array(HASH_BYTES));

/**
 * What an offer says of the form of an answer: 32 zero bytes for free text, else SHA-256("weft/grammar/1" ‖ JSON), the
 * JSON being the array `[format, schema, mustCall, [[name, parameters]…]]` as ECMAScript writes it, without white space.
 * `format` is `json`, `json-schema` or null, `schema` its text or null; the tools are those that the answer may call, in
 * their order, schemas as the text that came. Descriptions and the beginning of the answer are in the prompt's hash.
 */
export function grammarHashOf(request: Pick<PromptRequest, 'format' | 'tools' | 'toolChoice'>): Hex32 {
  const { format = null, tools = [], toolChoice = 'auto' } = request;
  const named = typeof toolChoice === 'string' ? tools : tools.filter(({ name }) => name === toolChoice.name);
  const callable = toolChoice === 'none' ? [] : named;
  if (format === null && callable.length === 0) return FREE_TEXT;
  const schema = format?.type === 'json-schema' ? format.schema : null;
  const mustCall = callable.length > 0 && toolChoice !== 'auto';
  const list = callable.map(({ name, parameters }) => [name, parameters]);
  return hex32(
    taggedHash('weft/grammar/1', utf8ToBytes(JSON.stringify([format?.type ?? null, schema, mustCall, list]))),
  );
}
