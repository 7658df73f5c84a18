import { fromHex, hex32 } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { keccak256 } from '../keccak.ts';
import { ADDRESS_BYTES, HASH_BYTES } from './constants.ts';

/** What an operator answers, before it is revealed. */
export interface Answer {
  readonly taskId: Hex32;
  readonly manifest: Hex32;
  readonly promptHash: Hex32;
  readonly outputHash: Hex32;
  /** Zero where the task asks for none. */
  readonly embeddingHash: Hex32;
  /** In the hash, so that a commitment copied by another operator opens for nobody. */
  readonly operator: Address;
  /** 32 random bytes, kept until the reveal. */
  readonly nonce: Hex32;
}

/** keccak-256 over the 212 bytes of an answer: what an operator commits to. */
export function answerCommitment(answer: Answer): Hex32 {
  return hex32(
    keccak256(
      fromHex(answer.taskId, HASH_BYTES),
      fromHex(answer.manifest, HASH_BYTES),
      fromHex(answer.promptHash, HASH_BYTES),
      fromHex(answer.outputHash, HASH_BYTES),
      fromHex(answer.embeddingHash, HASH_BYTES),
      fromHex(answer.operator, ADDRESS_BYTES),
      fromHex(answer.nonce, HASH_BYTES),
    ),
  );
}
