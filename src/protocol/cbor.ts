import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import * as v from 'valibot';
import { WeftError } from './errors.ts';

/**
 * Values of one message, lists and fields counted: more than any message of ours has. Eight megabytes can hold eight million
 * empty lists, and those take seconds and a gigabyte to read.
 */
const MAX_VALUES = 262_144;

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
    if (!hasFewValues(bytes)) throw new RangeError(`There are more than ${MAX_VALUES} values.`);
    value = decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    });
    // What a decoder lets pass all the same: fields in another order, text that is no UTF-8, longer numbers.
    if (!isEqual(encodeCbor(value), bytes)) throw new TypeError('These bytes have another form.');
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

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

/** Goes from head to head (RFC 8949 §3) without keeping anything; what is no CBOR is for the decoder to say. */
function hasFewValues(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (let values = 0; at < bytes.length; values++) {
    if (values === MAX_VALUES) return false;
    const head = bytes[at]!;
    const [major, info] = [head >> 5, head & 31];
    const argumentBytes = info < 24 || info > 27 ? 0 : 1 << (info - 24);
    at += 1;
    if (major === 2 || major === 3) at += lengthAt(view, at, info);
    at += argumentBytes;
  }
  return true;
}

/** Bytes of a text or of bytes; past the end where the message is cut. */
function lengthAt(view: DataView, at: number, info: number): number {
  if (info < 24) return info;
  if (info > 27 || at + (1 << (info - 24)) > view.byteLength) return 0;
  if (info === 24) return view.getUint8(at);
  if (info === 25) return view.getUint16(at);
  return info === 26 ? view.getUint32(at) : Number(view.getBigUint64(at));
}
