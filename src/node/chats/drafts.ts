import { WeftError } from '../../protocol/errors.ts';
import type { ChatHub } from './chat-hub.ts';

/** Keystrokes are joined into one write this long after the first. */
const SAVE_AFTER_MS = 300;
const MAX_DRAFT_CHARS = 100_000;
/** The note that keeps the draft of the chat that does not exist yet. */
const NEW_CHAT_NOTE = 'new-chat-draft';

export interface DraftsDeps {
  readonly hub: ChatHub;
  readonly onError: (error: WeftError) => void;
}

export interface Drafts {
  read(conversationId: string | null): Promise<string>;
  save(conversationId: string | null, text: string): void;
  /**
   * Sends the text that this draft became: afterwards the draft is gone; where sending fails, it is kept. `send` is called
   * at once and stores nothing before `written`, or a write under way would bring the draft back.
   */
  send<T>(conversationId: string | null, send: (written: Promise<void>) => Promise<T>): Promise<T>;
  flush(): Promise<void>;
}

/** Unsent texts. A draft does not move its chat in the list. */
export function createDrafts(deps: DraftsDeps): Drafts {
  const { hub } = deps;
  const unsaved = new Map<string | null, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> = Promise.resolve();

  const write = async (conversationId: string | null, text: string): Promise<void> => {
    const database = await hub.database;
    if (conversationId === null) await database.writeNote(NEW_CHAT_NOTE, text);
    else await hub.editConversation(conversationId, (conversation) => ({ ...conversation, draft: text }));
  };

  const save = (conversationId: string | null, text: string) => {
    unsaved.set(conversationId, text.slice(0, MAX_DRAFT_CHARS));
    timer ??= setTimeout(() => void flush(), SAVE_AFTER_MS);
  };

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    running = running.then(writeAll);
    return running;
  };

  const writeAll = async (): Promise<void> => {
    for (const [conversationId, text] of [...unsaved]) {
      // Sent, or written on, while others were stored.
      if (unsaved.get(conversationId) !== text) continue;
      try {
        await write(conversationId, text);
      } catch (error) {
        const failure = WeftError.from(error, 'storage/unavailable');
        // The chat was deleted while its draft waited: there is nothing to keep it for.
        if (failure.code !== 'app/bad-request') {
          // It stays here, for whoever reads it and for the next try.
          deps.onError(failure);
          continue;
        }
      }
      if (unsaved.get(conversationId) === text) unsaved.delete(conversationId);
    }
  };

  return {
    async read(conversationId) {
      const waiting = unsaved.get(conversationId);
      if (waiting !== undefined) return waiting;
      const database = await hub.database;
      if (conversationId !== null) return (await database.conversation(conversationId))?.draft ?? '';
      const note = await database.readNote(NEW_CHAT_NOTE);
      return typeof note === 'string' ? note.slice(0, MAX_DRAFT_CHARS) : '';
    },
    save,
    async send(conversationId, send) {
      const waiting = unsaved.get(conversationId);
      unsaved.delete(conversationId);
      try {
        const sent = await send(running);
        if (conversationId === null) {
          save(null, '');
          await flush();
        }
        return sent;
      } catch (error) {
        if (waiting !== undefined && !unsaved.has(conversationId)) save(conversationId, waiting);
        throw error;
      }
    },
    flush,
  };
}
