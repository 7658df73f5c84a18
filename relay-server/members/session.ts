type Role = 'member' | 'admin';

/** Leave to be here, until it ends. */
export interface Session {
  readonly role: Role;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}
