/** Members that hold a place at once, and for how long one counts; a node asks again before it ends. */
export const MAX_RESERVATIONS = 256;
export const RESERVATION_TTL_MS = 3_600_000;
/**
 * What one relayed connection may carry, both ways together, and for how long. Nodes that reach one another directly use
 * it to find the way only; for the others it is the way, so a long chat with pictures fits. Limits there must be: without
 * them libp2p takes a relayed connection for a full one.
 */
export const CIRCUIT_BYTES = 67_108_864n;
export const CIRCUIT_MS = 3_600_000;
/** Relayed connections that one node may open at a time. */
export const MAX_CIRCUITS_PER_PEER = 32;
/** And that may lead to one: as many as a node keeps connections, since whoever serves many is called by many. */
export const MAX_CIRCUITS_TO_PEER = 128;

export const MAX_CONNECTIONS = 1_024;
/** A node has one; where its network changes, another before the first is known to be over. */
export const MAX_CONNECTIONS_PER_PEER = 8;
/** Connections of nodes that are not members (yet): the oldest goes where one more comes. */
export const MAX_NEWCOMERS = 128;
/** How long a node may be connected before it is a member, and how often is looked whether it is one. */
export const NEWCOMER_MS = 10_000;
export const NEWCOMER_LOOK_MS = 250;

/** Cards that are kept: one of each member that is there. */
export const MAX_CARDS = 512;
/** Cards of one node within {@link CARD_WINDOW_S}, by gossip and by greeting together. */
export const CARDS_PER_WINDOW = 20;
/** Messages that one node may pass on within {@link CARD_WINDOW_S}. */
export const GOSSIP_PER_WINDOW = 600;
export const CARD_WINDOW_S = 10;
/** Greetings of one node within {@link CARD_WINDOW_S}: each is answered with the cards of all, megabytes perhaps. */
export const HELLOS_PER_WINDOW = 15;
/** Greetings of one node at a time, and how long one may take. */
export const MAX_HELLOS_AT_ONCE = 4;
export const HELLO_MS = 10_000;

/** Offences within {@link OFFENCE_WINDOW_S} after which a node is sent away, and for how long. */
export const MAX_OFFENCES = 10;
export const OFFENCE_WINDOW_S = 60;
export const BAN_S = 300;

/** How often what belongs to nobody any more is swept. */
export const SWEEP_MS = 10_000;
/** How often is looked whether the last relayed connection has ended. */
export const DRAIN_LOOK_MS = 100;

/** Streams that the relay has open to one member at a time, for the gateway. */
export const MAX_STREAMS_TO_MEMBER = 16;
/** For a member to take one. */
export const OPEN_STREAM_MS = 5_000;
