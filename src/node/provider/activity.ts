import type { ContributeState } from '../mesh/mesh-view.ts';

/** Length of one interval, and intervals that are shown. */
const INTERVAL_MS = 2_000;
const INTERVALS = 60;
/** Members that are told apart; more are counted no further. */
const MAX_MEMBERS = 10_000;

export type Activity = Pick<
  ContributeState,
  'running' | 'waiting' | 'consumers' | 'jobs' | 'tokens' | 'recentTokensPerSecond'
>;

/** What was done for others since the last {@link ActivityMeter.reset}. */
export interface ActivityMeter {
  jobEnded(member: string): void;
  token(): void;
  reset(): void;
  readonly figures: Omit<Activity, 'running' | 'waiting'>;
}

export function createActivityMeter({ nowMs }: { readonly nowMs: () => number }): ActivityMeter {
  let members = new Set<string>();
  let jobs = 0;
  let tokens = 0;
  let startedAtMs = nowMs();
  /** Tokens of the intervals by their number since the start; only the last {@link INTERVALS} are kept. */
  let counts = new Map<number, number>();
  const now = () => Math.floor((nowMs() - startedAtMs) / INTERVAL_MS);

  return {
    jobEnded(member) {
      jobs += 1;
      if (members.size < MAX_MEMBERS) members.add(member);
    },
    token() {
      tokens += 1;
      const at = now();
      counts.set(at, (counts.get(at) ?? 0) + 1);
      for (const old of counts.keys()) {
        if (old > at - INTERVALS - 1) break;
        counts.delete(old);
      }
    },
    reset() {
      members = new Set();
      jobs = 0;
      tokens = 0;
      startedAtMs = nowMs();
      counts = new Map();
    },
    get figures() {
      // The interval that is not over would look like a fall.
      const last = now();
      const first = Math.max(0, last - INTERVALS);
      const recentTokensPerSecond = Array.from(
        { length: last - first },
        (_, at) => ((counts.get(first + at) ?? 0) * 1000) / INTERVAL_MS,
      );
      return { consumers: members.size, jobs, tokens, recentTokensPerSecond };
    },
  };
}
