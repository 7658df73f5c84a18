import * as v from 'valibot';
import { createTabFeed } from '../tabs/tab-feed.ts';
import type { OpenBroadcast } from '../tabs/tab-feed.ts';

const CHANNEL_NAME = 'weft-changes';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

const changeSchema = v.variant('type', [
  /** The conversation's own record. */
  v.object({ type: v.literal('conversation'), conversationId: id }),
  /** Text or state of one message. */
  v.object({ type: v.literal('message'), conversationId: id, messageId: id }),
  /** Messages came or went, and the conversation with them. */
  v.object({ type: v.literal('tree'), conversationId: id }),
  v.object({ type: v.literal('gone'), conversationId: id }),
  /** Many chats at once (an import). */
  v.object({ type: v.literal('everything') }),
  /** A person pressed stop in another tab. */
  v.object({ type: v.literal('stop'), conversationId: id }),
]);

/** What other tabs of this profile are told: what to read again, never the content. */
export type Change = v.InferOutput<typeof changeSchema>;

export interface ChangeFeed {
  publish(change: Change): void;
  /** Changes made by other tabs. */
  subscribe(listener: (change: Change) => void): () => void;
  close(): void;
}

export function createChangeFeed(deps: { readonly openBroadcast: OpenBroadcast }): ChangeFeed {
  const listeners = new Set<(change: Change) => void>();
  const { publish, close } = createTabFeed(
    { name: CHANNEL_NAME, schema: changeSchema },
    {
      openBroadcast: deps.openBroadcast,
      onMessage(change) {
        for (const listener of [...listeners]) listener(change);
      },
    },
  );
  return {
    publish,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
  };
}
