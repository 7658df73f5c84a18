import type { Hex32 } from '../../../protocol/ids.ts';
import type { TokenizerKit } from '../../../protocol/model-manifest/tokenizer-kit.ts';
import { abortable } from '../../abortable.ts';

/** Models whose tokenizer is kept: one is some megabytes. */
const MAX_KITS = 4;

/** Tokenizers and templates of models that other nodes run, each fetched once. */
export interface TokenizerKits {
  /** From `peerId` where it is not here yet; rejects with what fetching throws, and asks anew the next time. */
  get(manifest: Hex32, peerId: string, signal: AbortSignal): Promise<TokenizerKit>;
}

export interface TokenizerKitsDeps {
  /** Fetches and checks against the manifest. */
  readonly fetchKit: (peerId: string, manifest: Hex32) => Promise<TokenizerKit>;
}

export function createTokenizerKits({ fetchKit }: TokenizerKitsDeps): TokenizerKits {
  const kits = new Map<Hex32, Promise<TokenizerKit>>();
  return {
    get(manifest, peerId, signal) {
      // Nobody's signal: who stops waiting must not take it from the others.
      const kit = kits.get(manifest) ?? fetchKit(peerId, manifest);
      kits.delete(manifest);
      kits.set(manifest, kit);
      kit.catch(() => {
        if (kits.get(manifest) === kit) kits.delete(manifest);
      });
      for (const oldest of kits.keys()) {
        if (kits.size <= MAX_KITS) break;
        kits.delete(oldest);
      }
      return abortable(kit, signal);
    },
  };
}
