import type { Address, Hex32 } from '../../src/protocol/ids.ts';
import { fromHex, toHex } from '../../src/protocol/ids.ts';
import { answerCommitment } from '../../src/protocol/quorum/commitment.ts';
import type { Answer } from '../../src/protocol/quorum/commitment.ts';
import { drawOperators } from '../../src/protocol/quorum/draw.ts';
import { intentId } from '../../src/protocol/quorum/intent-id.ts';
import type { Intent } from '../../src/protocol/quorum/intent-id.ts';
import { createQuorumFrontier, quorumProof } from '../../src/protocol/quorum/merkle.ts';
import { encodeQuorumReceipt, quorumReceiptHash } from '../../src/protocol/quorum/receipt.ts';
import type { QuorumReceipt } from '../../src/protocol/quorum/receipt.ts';

type MaybePromise<T> = T | Promise<T>;

/** One implementation of the quorum's wire, as a known-answer file is held against it. */
export interface QuorumWire {
  readonly intentId: (intent: Intent) => MaybePromise<string>;
  readonly commitment: (answer: Answer) => MaybePromise<string>;
  readonly encodeReceipt: (receipt: QuorumReceipt) => MaybePromise<Uint8Array>;
  readonly receiptHash: (encoded: Uint8Array) => MaybePromise<string>;
  readonly rootOfAccounts: (accounts: readonly Address[]) => MaybePromise<string>;
  /** The root of the tree of values after each of them. */
  readonly rootAfterEach: (values: readonly Hex32[]) => MaybePromise<readonly string[]>;
  /** The path of value `index`; an implementation that only judges paths gives the listed one back where it is right. */
  readonly proof: (values: readonly Hex32[], index: number, listed: readonly Hex32[]) => unknown;
  readonly draw: (eligible: readonly Address[], beacon: Hex32, pick: number) => MaybePromise<readonly string[]>;
}

/** The wire of `src/protocol/quorum`. */
export const typescriptWire: QuorumWire = {
  intentId: (intent) => intentId(intent),
  commitment: (answer) => answerCommitment(answer),
  encodeReceipt: (receipt) => encodeQuorumReceipt(receipt),
  receiptHash: (encoded) => quorumReceiptHash(encoded),
  rootOfAccounts: (accounts) => rootsOf(accounts.map((one) => fromHex(one, 20))).at(-1)!,
  rootAfterEach: (values) => rootsOf(values.map((one) => fromHex(one, 32))).slice(1),
  proof: (values, index) =>
    quorumProof(
      values.map((one) => fromHex(one, 32)),
      index,
    ).map((sibling) => toHex(sibling)),
  draw: (eligible, beacon, pick) => drawOperators(eligible, beacon, pick),
};

/** The root before the first value and after each. */
function rootsOf(values: readonly Uint8Array[]): string[] {
  const frontier = createQuorumFrontier();
  const rootNow = () => toHex(frontier.root());
  return [
    rootNow(),
    ...values.map((value) => {
      frontier.append(value);
      return rootNow();
    }),
  ];
}
