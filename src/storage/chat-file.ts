import * as v from 'valibot';

/** Names the file's kind, so that another program's JSON is told apart. */
export const CHAT_FILE_FORMAT = 'weft-chats';
/** Raised when a reader of the old version would misunderstand the new one. */
export const CHAT_FILE_VERSION = 1;

/** The outside of an export; each chat in it is checked on its own. */
export const chatFileSchema = v.object({
  format: v.literal(CHAT_FILE_FORMAT),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  exportedAtMs: v.number(),
  chats: v.array(v.unknown()),
});

/** One chat in an export. */
export const chatEntrySchema = v.object({
  conversation: v.unknown(),
  messages: v.array(v.unknown()),
  /** Absent in files from before there were pictures. */
  images: v.optional(v.array(v.unknown()), []),
});
