import type { Address, Hex32 } from '../protocol/ids.ts';

/** A key that signs and is not shown. */
export interface TransactionSigner {
  readonly address: Address;
  /** 64 bytes of EIP-2098 with low s over a digest. May ask the person, and reject where they refuse. */
  readonly sign: (digest: Hex32) => Promise<Uint8Array>;
}
