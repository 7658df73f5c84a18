import type { Address } from '../../src/protocol/ids.ts';

/** Who may use the relay now; the members' store decides. */
export interface Admission {
  /** Has a session that counts. */
  isAdmitted(address: Address): boolean;
  /** Told of every session that ended: by its time, or by an admin. Returns the way out. */
  onEnded(listener: (address: Address) => void): () => void;
}
