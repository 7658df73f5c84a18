import type { Offence } from './mesh-host.ts';
import {
  BANNED_SCORE,
  BEST_SCORE,
  CARDS_PER_S,
  CARD_BURST,
  MAX_SCORES,
  MESSAGE_BURST,
  MESSAGES_PER_S,
  OFFENCE_POINTS,
  PRAISE_POINTS,
  SCORE_HALF_LIFE_MS,
  STREAM_BURST,
  STREAMS_PER_S,
} from './constants.ts';

/** How peers have behaved lately. */
export interface Scores {
  of(peerId: string): number;
  isBanned(peerId: string): boolean;
  /** Returns whether this made it one that is not listened to. */
  report(peerId: string, offence: Offence): boolean;
  praise(peerId: string): void;
  /** Whether the peer may do one more of these now. */
  take(peerId: string, what: Allowance): boolean;
}

/** `cards`: those that it brings by gossip. */
type Allowance = 'streams' | 'messages' | 'cards';

interface Conduct extends Record<Allowance, number> {
  points: number;
  atMs: number;
}

const BURST: Readonly<Record<Allowance, number>> = {
  streams: STREAM_BURST,
  messages: MESSAGE_BURST,
  cards: CARD_BURST,
};
const PER_S: Readonly<Record<Allowance, number>> = {
  streams: STREAMS_PER_S,
  messages: MESSAGES_PER_S,
  cards: CARDS_PER_S,
};

export interface ScoresDeps {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** Those are not judged: without them there is no mesh. */
  readonly isRelay: (peerId: string) => boolean;
}

export function createScores({ nowMs, isRelay }: ScoresDeps): Scores {
  const conducts = new Map<string, Conduct>();

  /** As it is now: points fade, allowances fill up again. */
  function current(peerId: string): Conduct {
    const now = nowMs();
    const known = conducts.get(peerId);
    if (known === undefined) return { points: 0, ...BURST, atMs: now };
    const passedMs = now - known.atMs;
    known.points *= 0.5 ** (passedMs / SCORE_HALF_LIFE_MS);
    for (const what of ['streams', 'messages', 'cards'] as const) {
      known[what] = Math.min(BURST[what], known[what] + (passedMs / 1_000) * PER_S[what]);
    }
    known.atMs = now;
    return known;
  }

  function keep(peerId: string, conduct: Conduct) {
    conducts.delete(peerId);
    conducts.set(peerId, conduct);
    if (conducts.size <= MAX_SCORES) return;
    // Keys cost nothing: the banned are forgotten last, or new keys would wash them out.
    for (const [other, { points }] of conducts) {
      if (points > BANNED_SCORE) return void conducts.delete(other);
    }
    for (const oldest of conducts.keys()) return void conducts.delete(oldest);
  }

  function add(peerId: string, points: number): number {
    const conduct = current(peerId);
    conduct.points = Math.min(BEST_SCORE, Math.max(2 * BANNED_SCORE, conduct.points + points));
    keep(peerId, conduct);
    return conduct.points;
  }

  return {
    of: (peerId) => current(peerId).points,
    isBanned: (peerId) => !isRelay(peerId) && current(peerId).points <= BANNED_SCORE,
    report: (peerId, offence) => add(peerId, -OFFENCE_POINTS[offence]) <= BANNED_SCORE && !isRelay(peerId),
    praise: (peerId) => void add(peerId, PRAISE_POINTS),
    take(peerId, what) {
      const conduct = current(peerId);
      const isWithin = conduct[what] >= 1;
      if (isWithin) conduct[what]--;
      keep(peerId, conduct);
      return isWithin;
    },
  };
}
