/** EIP-712 domain of every signature of ours, on any chain and without one. */
export const DOMAIN_NAME = 'Weft';
export const DOMAIN_VERSION = '1';

/** EIP-2098: r, then s with the parity of R in its highest bit. */
export const SIGNATURE_BYTES = 64;
