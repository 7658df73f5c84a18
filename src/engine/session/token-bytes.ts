import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { parsePublished } from './parse-published.ts';

export interface TokenBytesInit {
  /** The `decoder` of tokenizer.json. */
  readonly decoder: { readonly type: string; readonly [key: string]: unknown } | null;
  /** How the vocabulary writes a token; undefined for an id it lacks. */
  readonly textOf: (id: number) => string | undefined;
}

/** What each token contributes to the text, as bytes: the one unit in which tokens simply follow one another. */
export interface TokenBytes {
  readonly bytesOf: (id: number) => Uint8Array;
  readonly stripsFirstSpace: boolean;
}

const NO_BYTES = new Uint8Array(0);
const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/u;
const component = v.looseObject({ type: v.string() });

/**
 * Reads the two kinds of decoders there are in llama-family models: byte-level (every character stands for a byte) and
 * SentencePiece's (▁ is a space, `<0xNN>` a byte). Throws model/unsupported for others.
 */
export function createTokenBytes(init: TokenBytesInit): TokenBytes {
  const { decoder, textOf } = init;
  const parts = decoder?.type === 'Sequence' ? decodersOf(decoder['decoders']) : decoder ? [decoder] : [];
  const types = parts.map(({ type }) => type);
  if (types.includes('ByteLevel')) {
    const byteOfChar = byteLevelAlphabet();
    return {
      stripsFirstSpace: false,
      bytesOf(id) {
        const text = textOf(id);
        if (text === undefined) return NO_BYTES;
        return Uint8Array.from(text, (char) => byteOfChar.get(char) ?? 0x3f);
      },
    };
  }
  const known = ['Metaspace', 'ByteFallback', 'Fuse', 'Strip', 'Replace'];
  const isMetaspace =
    types.includes('Metaspace') || parts.some((part) => part.type === 'Replace' && part['content'] === ' ');
  const foreign = types.find((type) => !known.includes(type));
  if (foreign !== undefined || !isMetaspace) {
    const text = `The model's tokenizer decodes with ${foreign ?? 'no known rule'}; ByteLevel and Metaspace are supported.`;
    throw new WeftError('model/unsupported', text, { hints: ['Choose another model.'] });
  }
  const encoder = new TextEncoder();
  return {
    stripsFirstSpace: types.includes('Metaspace') || parts.some((part) => part.type === 'Strip' && part['start'] === 1),
    bytesOf(id) {
      const text = textOf(id);
      if (text === undefined) return NO_BYTES;
      const byte = BYTE_TOKEN.exec(text)?.[1];
      return byte === undefined ? encoder.encode(text.replaceAll('\u2581', ' ')) : Uint8Array.of(parseInt(byte, 16));
    },
  };
}

/** The printable character that byte-level tokenizers write for each byte: itself where visible, else one from U+0100 on. */
function byteLevelAlphabet(): ReadonlyMap<string, number> {
  const isVisible = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  const bytes = new Map<string, number>();
  let spare = 0x100;
  for (let byte = 0; byte < 256; byte++) bytes.set(String.fromCharCode(isVisible(byte) ? byte : spare++), byte);
  return bytes;
}

function decodersOf(json: unknown) {
  const parsed = parsePublished(v.array(component), json);
  if (parsed.success) return parsed.output;
  throw new WeftError('model/bad-tokenizer', `The decoder of the model's tokenizer is not usable: ${parsed.issue}.`, {
    hints: ['Take the model from its publisher again, or choose another one.'],
  });
}
