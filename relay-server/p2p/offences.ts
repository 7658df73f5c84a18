import { BAN_S, MAX_CONNECTIONS, MAX_OFFENCES, OFFENCE_WINDOW_S } from './constants.ts';

/** Who misbehaved, and how often lately. */
export interface Offences {
  /** Returns whether the node is to be sent away now. */
  report(peerId: string): boolean;
  isBanned(peerId: string): boolean;
  /** Since the start. */
  readonly count: number;
}

interface Record {
  count: number;
  since: number;
  bannedUntil: number;
}

export function createOffences(deps: { readonly nowS: () => number }): Offences {
  const records = new Map<string, Record>();
  let count = 0;
  return {
    report(peerId) {
      count++;
      const now = deps.nowS();
      const known = records.get(peerId);
      const record =
        known === undefined || now - known.since > OFFENCE_WINDOW_S
          ? { count: 0, since: now, bannedUntil: known?.bannedUntil ?? 0 }
          : known;
      record.count++;
      if (record.count >= MAX_OFFENCES) record.bannedUntil = now + BAN_S;
      records.delete(peerId);
      records.set(peerId, record);
      // As many as can be connected: of those that are forgotten first nothing was heard for longest.
      if (records.size > MAX_CONNECTIONS) {
        for (const oldest of records.keys()) {
          records.delete(oldest);
          break;
        }
      }
      return record.bannedUntil > now;
    },
    isBanned: (peerId) => (records.get(peerId)?.bannedUntil ?? 0) > deps.nowS(),
    get count() {
      return count;
    },
  };
}
