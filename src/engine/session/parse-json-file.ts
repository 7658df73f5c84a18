import { WeftError } from '../../protocol/errors.ts';

/** A file of a model as JSON. Throws `badCode` where it is none. */
export function parseJsonFile(
  name: string,
  badCode: 'model/bad-config' | 'model/bad-tokenizer',
  bytes: Uint8Array,
): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new WeftError(badCode, `${name} of the model is not JSON.`, {
      hints: ['Whoever publishes the model has to write it again; choose another model meanwhile.'],
      cause,
    });
  }
}
