import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { toHex } from '../../../protocol/ids.ts';
import type { PromptRequest } from '../../../protocol/prompt-request.ts';

/** Conversations whose node is remembered. */
const MAX_REMEMBERED = 256;
const KEY_BYTES = 16;

/** Which node has the beginning of which conversation in its cache. */
export interface ConversationKeys {
  /** 16 bytes: the same for one conversation as long as this node runs, and nothing anybody could guess its text from. */
  keyOf(request: PromptRequest): Uint8Array<ArrayBuffer>;
  warmPeer(key: Uint8Array): string | null;
  remember(key: Uint8Array, peerId: string): void;
}

/** `salt`: 32 random bytes, drawn anew at each start. */
export function createConversationKeys(salt: Uint8Array): ConversationKeys {
  const peers = new Map<string, string>();
  return {
    keyOf({ turns }) {
      const hash = sha256.create().update(salt);
      // How a conversation begins stays: what follows is added at its end.
      for (const turn of turns) {
        const text = utf8ToBytes(turn.content);
        hash.update(utf8ToBytes(`${turn.role} ${text.length} `)).update(text);
        if (turn.role === 'user') break;
      }
      return Uint8Array.from(hash.digest().subarray(0, KEY_BYTES));
    },
    warmPeer: (key) => peers.get(toHex(key)) ?? null,
    remember(key, peerId) {
      const name = toHex(key);
      peers.delete(name);
      peers.set(name, peerId);
      for (const oldest of peers.keys()) {
        if (peers.size <= MAX_REMEMBERED) break;
        peers.delete(oldest);
      }
    },
  };
}
