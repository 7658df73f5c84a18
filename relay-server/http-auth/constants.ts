/** Requests of one network in ten seconds. Behind one address there may be an office. */
export const REQUESTS_PER_NETWORK = { points: 200, durationS: 10 };
/** Signed requests of one key in a minute. */
export const REQUESTS_PER_KEY = { points: 120, durationS: 60 };
/** Of one network in a minute: those that ask to be let in. Each may cost a question to a chain. */
export const SESSIONS_PER_NETWORK = { points: 60, durationS: 60 };

/** Places in which requests are counted: who shares one with somebody else shares its limit, too. */
export const LIMIT_PLACES = 65_536;

/** Nonces that are remembered for members, and for everybody else. */
export const MAX_MEMBER_NONCES = 262_144;
export const MAX_STRANGER_NONCES = 32_768;
/** One key may hold this part of the room that is left: whoever comes next always finds some. */
export const NONCE_SHARE = 1 / 64;

/** Seconds after which a client that was told to wait tries again. */
export const RETRY_AFTER_S = 10;
/** Seconds for which a browser remembers what it may ask from another page. */
export const PREFLIGHT_S = 600;
