import type { Address } from '../../src/protocol/ids.ts';

export type Role = 'member' | 'admin';

/** Leave to be here, until it ends. */
export interface Session {
  readonly role: Role;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** Who may reserve, be dialled and ask through this relay now. */
export interface Admission {
  isAdmitted(address: Address): boolean;
  /** Told of each whose session ended: it ran out, or its member was blocked. Returns the way out. */
  onEnded(listener: (address: Address) => void): () => void;
}
