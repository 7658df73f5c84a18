/** Nodes whose cards are kept; the one heard of longest ago goes first. */
export const MAX_NODES = 512;
/** How often a node says again what it is: three times before a card expires. */
export const HELLO_EVERY_MS = 20_000;
/** Cards of one node follow one another at least this far apart; relays refuse faster ones. */
export const CARD_GAP_MS = 1_000;
/** How long one greeting may take. */
export const HELLO_WITHIN_MS = 10_000;
/** How long a goodbye may hold up the end. */
export const BYE_WITHIN_MS = 400;
/** How often what has expired is looked for. */
export const SWEEP_EVERY_MS = 5_000;
/** Changes within this time are told together. */
export const TELL_AFTER_MS = 20;

/** How long a relay's WebSocket may take to open, and its answer about a place. */
export const RELAY_DIAL_MS = 8_000;
export const RESERVE_MS = 8_000;
/** Between two tries to reach a relay: a minute of quick ones, so that its restart is a pause of seconds; then fewer. */
export const QUICK_RETRY_MS = 1_000;
export const QUICK_RETRIES = 60;
export const SLOWEST_RETRY_MS = 30_000;
/** A relay that has no room, or was asked too often, is left alone at least this long. */
export const BUSY_RETRY_MS = 10_000;
/** A link that held shorter than this counts as one more failure, so that nobody spins. */
export const STEADY_AFTER_MS = 5_000;
/** Between two tries to stay, where the relay did not answer the first. */
export const RENEW_RETRY_MS = 5_000;
/** A page that compiles or loads may be silent this long before its connections count as dead. */
export const PING_WITHIN_MS = 5_000;
/** How long after sleep a connection may take to answer before it counts as dead. */
export const WAKE_PING_MS = 2_000;

/** A WebRTC dial hangs now and then: each has this long, and there are two of them. */
export const UPGRADE_DEADLINE_MS = 6_000;
export const UPGRADE_TRIES = 2;
/** How long a stream waits for a direct way before it takes the relayed one; the direct one is tried on meanwhile. */
export const DIRECT_PATIENCE_MS = 1_000;
/** Where two networks let nothing through, it is not tried again at once. */
export const UPGRADE_AGAIN_MS = 60_000;
export const RELAYED_DIAL_MS = 6_000;
export const OPEN_STREAM_MS = 6_000;
/** A relayed connection that a direct one has replaced is let go after this long. */
export const RELAYED_LINGER_MS = 2_000;

/** Streams of one peer and protocol at a time. */
export const MAX_STREAMS_PER_PEER = 32;
export const MAX_CONNECTIONS = 128;

/** Streams that one peer may open: so many at once, so many each second. */
export const STREAM_BURST = 40;
export const STREAMS_PER_S = 4;
/** Messages of one peer over all its streams. */
export const MESSAGE_BURST = 4_000;
export const MESSAGES_PER_S = 1_000;

/** Cards that one node may bring by gossip: each costs a signature to check. A relay brings those of all its members. */
export const CARD_BURST = 1_000;
export const CARDS_PER_S = 50;

/** Peers whose conduct is remembered. */
export const MAX_SCORES = 1_024;
/** A peer at or below this is not listened to. */
export const BANNED_SCORE = -80;
export const BEST_SCORE = 50;
export const PRAISE_POINTS = 1;
/** What each offence costs. */
export const OFFENCE_POINTS = { 'bad-message': 25, 'too-large': 25, flood: 20, 'broke-off': 5, lied: 100 } as const;
/** What anybody did is half forgotten after this long. */
export const SCORE_HALF_LIFE_MS = 600_000;
