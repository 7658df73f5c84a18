import type { KnownNode } from '../../../mesh/host/mesh-host.ts';
import type { Hex32 } from '../../../protocol/ids.ts';
import type { CardModel } from '../../../protocol/mesh/capability-card.ts';

/** A node that could do the job, with the model it would do it with. */
export interface Candidate {
  readonly node: KnownNode;
  readonly model: CardModel;
}

export interface Wanted {
  readonly manifest: Hex32;
  readonly kind: CardModel['kind'];
  /** Tokens of context that the job needs at least; 0 where that is not known yet. */
  readonly contextTokens: number;
  /** The most that one token may cost. */
  readonly maxPriceWei: bigint;
  /** Peer id of the node that has the beginning of this conversation in its cache; null: none. */
  readonly warmPeerId: string | null;
  /** Peer ids that were tried for this job. */
  readonly tried: ReadonlySet<string>;
}

/** What is said beyond this is not believed: it would draw every question to whoever boasts most. */
const MAX_BELIEVED_TOKENS_PER_SECOND = 500;
/** What is assumed where nothing was measured. */
const UNKNOWN_ROUND_TRIP_MS = 150;
const UNKNOWN_TOKENS_PER_SECOND = 5;
/** An answer of usual length, in tokens: weighs speed against waiting. */
const USUAL_TOKENS = 200;
/** Milliseconds that reading the conversation anew takes about; what a warm node saves. */
const COLD_PREFILL_MS = 2_000;
/** Milliseconds for the dial and for the longer way of a node that is not connected directly. */
const NOT_CONNECTED_MS = 400;
const RELAYED_MS = 200;
/** Milliseconds that a point of standing is worth, and the points that count at most. */
const STANDING_MS = 100;
const MAX_STANDING = 10;

/**
 * Who could do the job, the best first: by the time until a usual answer is there (round trip, what waits before it,
 * measured speed, the cache that is warm), then by price. Nodes that refuse everything, are too dear or were tried are
 * left out.
 */
export function candidatesFor(nodes: readonly KnownNode[], wanted: Wanted): readonly Candidate[] {
  return nodes
    .flatMap((node) => {
      const model = node.card.models.find(({ manifest, kind }) => manifest === wanted.manifest && kind === wanted.kind);
      const isFit =
        model !== undefined &&
        node.card.isAccepting &&
        !wanted.tried.has(node.peer.peerId) &&
        model.contextLimit >= wanted.contextTokens &&
        BigInt(model.pricePerTokenWei) <= wanted.maxPriceWei;
      return isFit ? [{ node, model }] : [];
    })
    .map((candidate) => ({ candidate, costMs: costMs(candidate, wanted) }))
    .sort((a, b) => a.costMs - b.costMs || comparePrice(a.candidate, b.candidate))
    .map(({ candidate }) => candidate);
}

/** Milliseconds until a usual answer is there, about. */
function costMs({ node, model }: Candidate, { warmPeerId }: Wanted): number {
  const { running, waiting } = node.card.load;
  const said = Math.min(model.decodeTokensPerSecond, MAX_BELIEVED_TOKENS_PER_SECOND);
  const answerMs = (USUAL_TOKENS * 1000) / (said || UNKNOWN_TOKENS_PER_SECOND);
  const wayMs = node.path === null ? NOT_CONNECTED_MS : node.path === 'direct' ? 0 : RELAYED_MS;
  const prefillMs = node.peer.peerId === warmPeerId ? 0 : COLD_PREFILL_MS;
  const standing = Math.max(-MAX_STANDING, Math.min(MAX_STANDING, node.score));
  return (
    (node.roundTripMs ?? UNKNOWN_ROUND_TRIP_MS) +
    wayMs +
    prefillMs +
    answerMs * (1 + running + waiting) -
    standing * STANDING_MS
  );
}

function comparePrice(a: Candidate, b: Candidate): number {
  const [left, right] = [BigInt(a.model.pricePerTokenWei), BigInt(b.model.pricePerTokenWei)];
  return left < right ? -1 : left > right ? 1 : 0;
}
