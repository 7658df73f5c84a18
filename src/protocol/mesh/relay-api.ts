import * as v from 'valibot';
import { addressField, countField, shownField, timeField } from './fields.ts';

/** What members and admins of a relay ask of it, each request signed (authorization.ts). */
export const INVITES_PATH = '/v1/invites';
/** Below it, one member each: `/v1/members/0x…`. */
export const MEMBERS_PATH = '/v1/members';
/** Below it, one key each. */
export const KEYS_PATH = '/v1/keys';

/** Longest body of a signed request, in bytes. */
export const MAX_SIGNED_BODY_BYTES = 4_096;

const DAY_S = 86_400;
/** Members that one invitation lets in, and how long it lasts, at most. */
const MAX_INVITE_USES = 1_000;
const MAX_INVITE_S = 90 * DAY_S;
/** Members that one answer lists, the last seen first. */
export const MAX_LISTED_MEMBERS = 1_000;
/** Keys of one member. */
export const MAX_KEYS = 20;

const role = v.picklist(['member', 'admin']);
/** Milliseconds since 1970. */
const msField = timeField;

/** `POST /v1/invites`, for admins. An invitation for an admin works once. */
export const newInviteSchema = v.object({
  uses: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_INVITE_USES)),
  expiresInS: v.pipe(v.number(), v.safeInteger(), v.minValue(60), v.maxValue(MAX_INVITE_S)),
  role,
});
export type NewInvite = v.InferOutput<typeof newInviteSchema>;

export const madeInviteSchema = v.object({
  /** What a link ends with. */
  invite: v.pipe(v.string(), v.maxLength(700), v.regex(/^[\w-]+$/)),
  expiresAtMs: msField,
});
export type MadeInvite = v.InferOutput<typeof madeInviteSchema>;

const memberSchema = v.object({
  address: addressField,
  role,
  joinedAtMs: msField,
  lastSeenAtMs: v.nullable(msField),
  isBlocked: v.boolean(),
});
export type RelayMember = v.InferOutput<typeof memberSchema>;

/** `GET /v1/members`, for admins. */
export const memberListSchema = v.object({
  members: v.pipe(v.array(memberSchema), v.maxLength(MAX_LISTED_MEMBERS)),
});

/** `PATCH /v1/members/0x…`, for admins. */
export const memberChangeSchema = v.object({ isBlocked: v.boolean() });

const tokensField = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1)));

/** `POST /v1/keys`, for members. */
export const newKeySchema = v.object({
  name: v.pipe(shownField(80), v.minLength(1)),
  /** Tokens that it may use each day (UTC); null: no bound. */
  dailyTokens: tokensField,
});
export type NewKey = v.InferOutput<typeof newKeySchema>;

const keyIdField = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));

/** The answer: the only time that the key itself is told. */
export const madeKeySchema = v.object({ key: v.pipe(v.string(), v.regex(/^weft_[\w-]{43}$/)) });

const keySchema = v.object({
  id: keyIdField,
  name: shownField(80),
  createdAtMs: msField,
  lastUsedAtMs: v.nullable(msField),
  dailyTokens: tokensField,
  usedToday: countField,
});
export type RelayKey = v.InferOutput<typeof keySchema>;

/** `GET /v1/keys`, for members: their own. */
export const keyListSchema = v.object({ keys: v.pipe(v.array(keySchema), v.maxLength(MAX_KEYS)) });
