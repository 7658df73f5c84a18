import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import * as v from 'valibot';
import { WeftError } from './errors.ts';

/** Deterministic CBOR (RFC 8949 §4.2.1): the same value gives the same bytes. Fields that are undefined are an error. */
export function encodeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encode(value, rfc8949EncodeOptions));
}

/**
 * Reads bytes that {@link encodeCbor} can have written, and no others, then checks them. `what` begins the sentence of
 * the error: "The card of a node". Throws mesh/bad-message.
 */
export function decodeCbor<Schema extends v.GenericSchema>(
  what: string,
  schema: Schema,
  bytes: Uint8Array,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    });
  } catch (error) {
    throw new WeftError('mesh/bad-message', `${what} is not in the form that was agreed.`, { cause: error });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  // The value is not repeated: it is a stranger's.
  throw new WeftError(
    'mesh/bad-message',
    `${what} is not usable at ${v.getDotPath(issue) ?? 'its top'}: ${issue.type} was expected to be ${issue.expected ?? 'otherwise'}.`,
  );
}
