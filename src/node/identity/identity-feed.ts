import * as v from 'valibot';
import type { OpenBroadcast } from '../chats/change-feed.ts';

/** The number is raised when its messages change: versions then do not meet. */
const IDENTITY_CHANNEL = 'weft-identity-1';

const messageSchema = v.variant('type', [
  /** What is stored changed: read it again. */
  v.object({ type: v.literal('changed') }),
  /** The person locked the key. */
  v.object({ type: v.literal('locked') }),
]);

type IdentityMessage = v.InferOutput<typeof messageSchema>;

/** What the tabs of a profile tell each other about the key: never the key itself. */
export interface IdentityFeed {
  publish(message: IdentityMessage): void;
  close(): void;
}

export function createIdentityFeed(deps: {
  readonly openBroadcast: OpenBroadcast;
  /** Called with what other tabs say. */
  readonly onMessage: (message: IdentityMessage) => void;
}): IdentityFeed {
  const channel = deps.openBroadcast(IDENTITY_CHANNEL);
  let isClosed = false;
  channel.addEventListener('message', (event) => {
    const parsed = v.safeParse(messageSchema, event.data);
    if (parsed.success && !isClosed) deps.onMessage(parsed.output);
  });
  return {
    publish(message) {
      if (!isClosed) channel.postMessage(message);
    },
    close() {
      isClosed = true;
      channel.close();
    },
  };
}
