/** How long a member is let in without asking again. The page renews well before. */
export const SESSION_S = 600;
/** Members that are let in at once. */
export const MAX_SESSIONS = 10_000;
/** Members that are remembered. */
export const MAX_MEMBERS = 100_000;
/** A member by policy alone who was not seen for this long is forgotten; nothing is lost by it. */
export const FORGET_AFTER_S = 30 * 86_400;
/** How often the sessions of a shared database are read again: another relay may have ended one. */
export const REFRESH_MS = 5_000;
/** How often what no longer counts is deleted. */
export const SWEEP_MS = 60_000;
/** Invitations of one relay that can still be used. */
export const MAX_OPEN_INVITES = 1_000;
/** The link of the first start; a later start makes another where nobody used it. */
export const ADMIN_INVITE_S = 86_400;

/** How long an answer of the chain counts, and how long one is waited for. */
export const STANDING_S = 30;
export const STANDING_MS = 8_000;
/** Accounts whose standing is remembered. */
export const MAX_STANDINGS = 4_096;

export const DAY_S = 86_400;
/** Days of usage that are kept for a key. */
export const USAGE_DAYS = 90;
