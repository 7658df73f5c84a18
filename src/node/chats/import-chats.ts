import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { adoptChat } from '../../storage/adopt-chat.ts';
import { CHAT_FILE_FORMAT, CHAT_FILE_VERSION, chatFileSchema } from '../../storage/chat-file.ts';
import { MAX_CHATS, MAX_IMPORT_BYTES } from '../../storage/constants.ts';
import { newId } from '../../storage/new-id.ts';
import type { ImportReport } from '../app.ts';
import type { ChatHub } from './chat-hub.ts';

const MAX_REMARKS = 20;

/** Adds the chats of an export. Each is one transaction: where the room ends, the chats before are there, whole. */
export async function importChats(
  file: Blob,
  deps: { readonly hub: ChatHub; readonly nowMs: () => number },
): Promise<ImportReport> {
  const entries = await readFile(file);
  const database = await deps.hub.database;
  const room = MAX_CHATS - (await database.conversations()).length;
  const taken: { id: string; updatedAtMs: number }[] = [];
  const remarks: string[] = [];
  let remarkCount = 0;
  /** A hostile file has millions of entries that are left out: they are counted, the first are named. */
  const remark = (text: string) => {
    if (++remarkCount <= MAX_REMARKS) remarks.push(text);
  };
  let messages = 0;

  try {
    for (const [at, entry] of entries.entries()) {
      const name = `Chat ${at + 1}`;
      if (taken.length >= room) {
        remark(`${name} was left out: there are ${MAX_CHATS} chats, which is the most.`);
        continue;
      }
      const chat = adoptChat(entry, () => newId(deps.nowMs()));
      if (typeof chat === 'string') {
        remark(`${name} was left out. ${chat}`);
        continue;
      }
      // Not through the hub: one announcement for all at the end, not one for each.
      const { conversation } = chat;
      await database.edit(conversation.id, () => ({ conversation, put: chat.messages, images: chat.images }));
      taken.push(conversation);
      messages += chat.messages.length;
      for (const one of chat.remarks) remark(`${name} (“${conversation.title}”): ${one}`);
    }
  } finally {
    if (taken.length > 0) await deps.hub.reload();
  }

  return {
    chats: taken.length,
    messages,
    chatIds: taken.sort((a, b) => b.updatedAtMs - a.updatedAtMs).map(({ id }) => id),
    skipped: remarks,
    skippedCount: remarkCount,
  };
}

async function readFile(file: Blob): Promise<readonly unknown[]> {
  if (file.size > MAX_IMPORT_BYTES) {
    throw badImport(`The file has ${file.size} bytes; at most ${MAX_IMPORT_BYTES} can be imported.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(await file.text());
  } catch (cause) {
    throw badImport('The file is not JSON, or it is cut off.', cause);
  }
  const parsed = v.safeParse(chatFileSchema, json);
  if (!parsed.success) throw badImport(`The file is not an export of Weft: expected the format "${CHAT_FILE_FORMAT}".`);
  const { version, chats } = parsed.output;
  if (version > CHAT_FILE_VERSION) {
    throw badImport(`The file has version ${version}; this page reads up to version ${CHAT_FILE_VERSION}.`);
  }
  return chats;
}

function badImport(message: string, cause?: unknown): WeftError {
  return new WeftError('storage/bad-import', message, {
    hints: ['Choose a JSON file that Weft exported (Markdown exports are for reading only).'],
    cause,
  });
}
