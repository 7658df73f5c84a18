import { WeftError } from '../../protocol/errors.ts';
import type { ChatDatabase } from '../../storage/chat-database.ts';
import { openIdbChats } from '../../storage/idb-chats.ts';
import type { IdbChatsInit } from '../../storage/idb-chats.ts';
import { createMemoryChats } from '../../storage/memory-chats.ts';

export interface OpenChatsInit extends Pick<IdbChatsInit, 'name' | 'blockedTimeoutMs'> {
  readonly report: (error: WeftError) => void;
}

/** Opens the chats on disk, or those in memory and says why. Never rejects. */
export async function openChats({ report, ...init }: OpenChatsInit): Promise<ChatDatabase> {
  try {
    return await openIdbChats({ ...init, onDamaged: report, onLost: report });
  } catch (error) {
    const failure = WeftError.from(error, 'storage/unavailable');
    report(
      new WeftError(failure.code, `${failure.shortMessage} Chats in this tab last until it is closed.`, {
        hints: failure.hints,
        cause: failure,
        retryable: failure.retryable,
      }),
    );
    return createMemoryChats();
  }
}
