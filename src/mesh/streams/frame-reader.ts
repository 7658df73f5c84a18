import { WeftError } from '../../protocol/errors.ts';

/** A message's length, unsigned, big-endian, before its bytes. A length of 0 is the end: what breaks off has none. */
export const PREFIX_BYTES = 4;

/** Finds whole messages in bytes that arrive cut anywhere. Holds at most one message that is not whole yet. */
export interface FrameReader {
  /** The messages that these bytes made whole. Throws mesh/too-large, and mesh/bad-message for bytes after the end. */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>[];
  /** The sender has said that nothing follows. */
  readonly isEnded: boolean;
  /** Bytes of a message that is not whole yet. */
  readonly pendingBytes: number;
}

export function createFrameReader(maxMessageBytes: number): FrameReader {
  const prefix = new Uint8Array(PREFIX_BYTES);
  const prefixView = new DataView(prefix.buffer);
  let prefixFilled = 0;
  let message: Uint8Array<ArrayBuffer> | null = null;
  let filled = 0;
  let promised = 0;
  let isEnded = false;

  /** Room is made as bytes arrive, by doubling: a length alone costs its receiver nothing. */
  function reserve(sizeBytes: number) {
    if (message !== null && message.length >= sizeBytes) return message;
    const grown = new Uint8Array(Math.min(promised, Math.max(sizeBytes, 2 * (message?.length ?? 0))));
    if (message !== null) grown.set(message);
    return grown;
  }

  return {
    push(chunk) {
      const messages: Uint8Array<ArrayBuffer>[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (isEnded) throw new WeftError('mesh/bad-message', 'A node sent bytes after it had said that none follow.');
        if (prefixFilled < PREFIX_BYTES) {
          prefix[prefixFilled++] = chunk[at++]!;
          if (prefixFilled < PREFIX_BYTES) continue;
          promised = prefixView.getUint32(0);
          if (promised === 0) isEnded = true;
          if (promised > maxMessageBytes) {
            throw new WeftError(
              'mesh/too-large',
              `A node wants to send a message of ${promised} bytes, at most ${maxMessageBytes} are read.`,
            );
          }
          continue;
        }
        const part = chunk.subarray(at, at + promised - filled);
        message = reserve(filled + part.length);
        message.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < promised) continue;
        messages.push(message);
        message = null;
        filled = 0;
        prefixFilled = 0;
      }
      return messages;
    },
    get isEnded() {
      return isEnded;
    },
    get pendingBytes() {
      return filled + (isEnded ? 0 : prefixFilled);
    },
  };
}
