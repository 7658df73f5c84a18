/** The account that wallets derive first: BIP-44, coin type 60 (SLIP-44), first account. */
export const DERIVATION_PATH = "m/44'/60'/0'/0/0";

/** 12 words: 128 bits, which is the strength of the curve; more would only be more to write down. */
export const NEW_ENTROPY_BYTES = 16;
/** Words that a recovery phrase may have, by the bytes of entropy in them (BIP-39). */
export const PHRASE_WORDS: Readonly<Record<number, number>> = { 12: 16, 24: 32 };

/** PBKDF2-HMAC-SHA-256 rounds; source: OWASP Password Storage Cheat Sheet (2023). */
export const PBKDF2_ITERATIONS = 600_000;
/** Most rounds that a record may ask for: a damaged number must not hang the page. */
export const MAX_PBKDF2_ITERATIONS = 10_000_000;
/** NIST SP 800-132 §5.1: at least 128 bits. */
export const SALT_BYTES = 16;

/** AES-GCM: nonce and tag of NIST SP 800-38D; the nonce is random and every sealing has its own. */
export const IV_BYTES = 12;
export const TAG_BYTES = 16;
export const AES_KEY_BITS = 256;

/** NIST SP 800-63B §5.1.1.2: at least 8 characters. */
export const MIN_PASSPHRASE_CHARS = 8;
export const MAX_PASSPHRASE_CHARS = 1024;

/** Keys kept on this device: the one in use and those it replaced. */
export const MAX_KEYS = 8;

/** The Web Lock under which tabs change the keys, one at a time. */
export const KEYS_LOCK = 'weft-identity';
