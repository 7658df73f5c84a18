/** The Web Lock whose holder leads. */
export const LEADER_LOCK = 'weft-leader';

/** The broadcast channel of all tabs. The number is raised when its messages change: versions then do not meet. */
export const TABS_CHANNEL = 'weft-tabs-1';

/** How often a follower with open calls asks whether the leader is there. */
export const PING_EVERY_MS = 500;

/** Pings without any sign of life before the leader counts as gone: together 2 s. Counted, so that a machine's sleep is none. */
export const MAX_MISSED_PINGS = 4;

/** Pings without any sign of life after which the person is told what is waited for: 1 s. */
export const SILENT_AFTER_PINGS = 2;

/** How often a follower asks who leads while it knows nobody. */
export const ASK_EVERY_MS = 250;

/** Unanswered questions after which a silent leader's lock is taken over: together 3 s. */
export const MAX_UNANSWERED = 12;

/** Unanswered questions after which the person is told what is waited for: 1 s. */
export const SILENT_AFTER_ASKS = 4;

/** Followers a leader serves at a time. */
export const MAX_SESSIONS = 32;

/** Answers that wait for the engine at a time, over all tabs. */
export const MAX_WAITING = 8;

/** How often one call is taken to a new leader before it is given up. */
export const MAX_MOVES = 5;
