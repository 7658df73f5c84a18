import type { TokenizerKit } from '../../protocol/model-manifest/tokenizer-kit.ts';

export interface PackedKit {
  readonly digests: Uint8Array<ArrayBuffer>;
  readonly tokenizerBytes: number;
  readonly chatConfigBytes: number;
  /** gzip of the tokenizer, then the configuration. */
  readonly packed: Uint8Array<ArrayBuffer>;
}

/** Tokenizers are text with much that repeats: packed they are a third of their size. */
export async function packKit({ tokenizer, chatConfig, digests }: TokenizerKit): Promise<PackedKit> {
  const packing = new Blob([tokenizer, chatConfig]).stream().pipeThrough(new CompressionStream('gzip'));
  const packed = new Uint8Array(await new Response(packing).arrayBuffer());
  return { digests, tokenizerBytes: tokenizer.length, chatConfigBytes: chatConfig.length, packed };
}

/**
 * What {@link packKit} packed; null where the bytes are no gzip, or hold more or less than is said. Never makes more bytes
 * than that.
 */
export async function unpackKit(kit: PackedKit, signal: AbortSignal): Promise<TokenizerKit | null> {
  const { digests, tokenizerBytes, chatConfigBytes } = kit;
  const bytes = new Uint8Array(tokenizerBytes + chatConfigBytes);
  let at = 0;
  const parts = new Blob([kit.packed]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await parts.read();
      if (done) break;
      if (at + value.length > bytes.length) return null;
      bytes.set(value, at);
      at += value.length;
    }
  } catch {
    signal.throwIfAborted();
    return null;
  } finally {
    parts.cancel().catch(() => undefined); // A stream that failed says so a second time.
  }
  if (at !== bytes.length) return null;
  return { digests, tokenizer: bytes.slice(0, tokenizerBytes), chatConfig: bytes.slice(tokenizerBytes) };
}
