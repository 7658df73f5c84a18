/** Stream protocols of the mesh. */
export const HELLO_PROTOCOL = '/weft/hello/1';
export const INFER_PROTOCOL = '/weft/infer/1';
export const TOKENIZER_PROTOCOL = '/weft/tokenizer/1';

/** Gossip topic of capability cards. */
export const CARDS_TOPIC = 'weft/cards/1';

/** Where a relay says who it is, signed. */
export const RELAY_INFO_PATH = '/.well-known/weft.json';
/** Where libp2p's WebSocket begins. */
export const P2P_PATH = '/p2p';
/** Where a member asks to be let in, and what is served right now. */
export const SESSION_PATH = '/v1/session';
export const STATUS_PATH = '/v1/status';

/** Seconds that a card counts. */
export const CARD_LIFETIME_S = 60;
/** Seconds by which two clocks may differ. */
export const CLOCK_SKEW_S = 60;
/** Longest card in bytes, with its signature. */
export const MAX_CARD_BYTES = 16_384;
/** Models on one card. */
export const MAX_CARD_MODELS = 16;

/** Longest message of a stream, in bytes, where nothing else is agreed. */
export const MAX_MESSAGE_BYTES = 262_144;
/** Longest question with its pictures. */
export const MAX_ASK_BYTES = 8_388_608;
/** Longest tokenizer with its template. */
export const MAX_TOKENIZER_BYTES = 67_108_864;

/** How often either side of a job says that it is alive, and after how long a silence it counts as gone (mesh.md). */
export const ALIVE_EVERY_MS = 500;
export const DEAD_AFTER_MS = 1_500;

/** Tokens that a provider may be ahead of what the consumer has asked for, and how many are asked for at a time. */
export const CREDIT_TOKENS = 256;
