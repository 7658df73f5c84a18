const TIME_CHARS = 9;
const RANDOM_BYTES = 12;

/**
 * A new record id: milliseconds in base 36, then 96 random bits in hex. Ids of one tab sort by time.
 * `crypto.randomUUID` is absent on insecure origins, where chats are still readable; `getRandomValues` is not.
 */
export function newId(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${nowMs.toString(36).padStart(TIME_CHARS, '0')}-${random}`;
}
