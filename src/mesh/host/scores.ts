import type { Offence } from './mesh-host.ts';
import {
  BANNED_SCORE,
  BEST_SCORE,
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
  /** Whether the peer may open one more stream, or send one more message, now. */
  takeStream(peerId: string): boolean;
  takeMessage(peerId: string): boolean;
}

interface Conduct {
  points: number;
  streams: number;
  messages: number;
  atMs: number;
}

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
    if (known === undefined) return { points: 0, streams: STREAM_BURST, messages: MESSAGE_BURST, atMs: now };
    const passedMs = now - known.atMs;
    known.points *= 0.5 ** (passedMs / SCORE_HALF_LIFE_MS);
    known.streams = Math.min(STREAM_BURST, known.streams + (passedMs / 1_000) * STREAMS_PER_S);
    known.messages = Math.min(MESSAGE_BURST, known.messages + (passedMs / 1_000) * MESSAGES_PER_S);
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

  function take(peerId: string, allowance: 'streams' | 'messages'): boolean {
    const conduct = current(peerId);
    const isWithin = conduct[allowance] >= 1;
    if (isWithin) conduct[allowance]--;
    keep(peerId, conduct);
    return isWithin;
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
    takeStream: (peerId) => take(peerId, 'streams'),
    takeMessage: (peerId) => take(peerId, 'messages'),
  };
}
