import * as v from 'valibot';
import { chatEntrySchema } from './chat-file.ts';
import { readImageEntry } from './image-file.ts';
import { MAX_MESSAGES_PER_CHAT } from './constants.ts';
import { checkConversation, checkMessage } from './records.ts';
import type { Conversation, Message } from './schema.ts';
import { imageHashesOf } from './stored-image.ts';
import type { StoredImage } from './stored-image.ts';
import { compareMessages, repairedLeafId } from './tree.ts';

export interface AdoptedChat {
  readonly conversation: Conversation;
  readonly messages: readonly Message[];
  /** The pictures of the messages, as far as they came with them. */
  readonly images: readonly StoredImage[];
  /** What was left out or changed, one sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Checks one chat of an export and gives it new ids, so that it can stand beside the chat it was made from. Messages
 * that are not valid are left out; what followed them begins a branch of its own. Returns a sentence where nothing can
 * be taken.
 */
export function adoptChat(entry: unknown, freshId: () => string): AdoptedChat | string {
  const outside = v.safeParse(chatEntrySchema, entry);
  if (!outside.success) return `It is not a chat: ${outside.issues[0].message}.`;
  const checked = checkConversation(outside.output.conversation);
  if (!checked.ok) return `Its description is not valid: ${checked.reason}.`;
  if (outside.output.messages.length > MAX_MESSAGES_PER_CHAT) {
    return `It has ${outside.output.messages.length} messages; at most ${MAX_MESSAGES_PER_CHAT} can be taken.`;
  }

  const remarks: string[] = [];
  const originals = new Map<string, Message>();
  for (const [at, record] of outside.output.messages.entries()) {
    const message = checkMessage(record);
    if (!message.ok) remarks.push(`Message ${at + 1} was left out: ${message.reason}.`);
    else if (originals.has(message.value.id)) remarks.push(`Message ${at + 1} was left out: its id occurs twice.`);
    else originals.set(message.value.id, message.value);
  }

  const ids = new Map([...originals.keys()].map((id) => [id, freshId()]));
  const reachable = rooted(originals);
  const conversationId = freshId();
  const messages = [...originals.values()].sort(compareMessages).flatMap((message): Message[] => {
    if (!reachable.has(message.id)) {
      remarks.push('A message was left out: it follows itself.');
      return [];
    }
    const id = ids.get(message.id)!;
    const parentId = message.parentId === null ? null : (ids.get(message.parentId) ?? null);
    if (message.parentId !== null && parentId === null) {
      remarks.push('A message now begins a branch: the one it followed is missing.');
    }
    const state = message.state === 'writing' ? 'interrupted' : message.state;
    return [{ ...message, id, conversationId, parentId, state }];
  });

  const { leafId } = checked.value;
  const conversation: Conversation = {
    ...checked.value,
    id: conversationId,
    deletedAtMs: null,
    leafId: repairedLeafId(messages, leafId === null ? null : (ids.get(leafId) ?? null)),
  };
  const images = adoptImages(outside.output.images, messages, remarks);
  return { conversation, messages, images, remarks };
}

/** Of the file's pictures, each once, those that can be shown and are. */
function adoptImages(
  entries: readonly unknown[],
  messages: readonly Message[],
  remarks: string[],
): readonly StoredImage[] {
  const wanted = new Set<string>(imageHashesOf(messages));
  const found = new Map<string, StoredImage>();
  for (const [at, entry] of entries.entries()) {
    const image = readImageEntry(entry);
    if (image === null) remarks.push(`Picture ${at + 1} was left out: it is no PNG, JPEG or WebP, or too large.`);
    else if (!wanted.has(image.sha256)) remarks.push(`Picture ${at + 1} was left out: no message shows it.`);
    else found.set(image.sha256, image);
  }
  const lost = wanted.size - found.size;
  if (lost > 0) remarks.push(`${lost === 1 ? 'A picture is' : `${lost} pictures are`} missing in the file.`);
  return [...found.values()];
}

/** Ids of the messages whose ancestors end at a first message or at a missing one; the others form a cycle. */
function rooted(messages: ReadonlyMap<string, Message>): ReadonlySet<string> {
  const good = new Set<string>();
  for (const start of messages.values()) {
    const path: string[] = [];
    const seen = new Set<string>();
    let at: Message | undefined = start;
    while (at !== undefined && !good.has(at.id) && !seen.has(at.id)) {
      seen.add(at.id);
      path.push(at.id);
      at = at.parentId === null ? undefined : messages.get(at.parentId);
    }
    if (at === undefined || good.has(at.id)) for (const id of path) good.add(id);
  }
  return good;
}
