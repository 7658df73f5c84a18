import * as v from 'valibot';
import type { OpenBroadcast } from './tab-feed.ts';
import { TABS_CHANNEL } from './constants.ts';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const pair = { from: id, to: id, session: id };

const messageSchema = v.variant('type', [
  /** Who leads? */
  v.object({ type: v.literal('who'), from: id }),
  /** I lead. */
  v.object({ type: v.literal('leader'), from: id }),
  /** A follower opens a session with the leader; frames of the typed channel follow in both directions. */
  v.object({ type: v.literal('open'), ...pair }),
  v.object({ type: v.literal('frame'), ...pair, data: v.unknown() }),
  v.object({ type: v.literal('ping'), ...pair }),
  v.object({ type: v.literal('pong'), ...pair }),
  v.object({ type: v.literal('close'), ...pair }),
]);

/** What tabs of this profile say to each other. Every tab hears everything; `to` says whom it is for. */
type TabMessage = v.InferOutput<typeof messageSchema>;

export interface TabBus {
  readonly tabId: string;
  /** Throws what the platform throws for a value that cannot be cloned. */
  post(message: TabMessage): void;
  /** Messages to all and to this tab. */
  subscribe(listener: (message: TabMessage) => void): () => void;
  close(): void;
}

export function createTabBus(tabId: string, deps: { readonly openBroadcast: OpenBroadcast }): TabBus {
  const channel = deps.openBroadcast(TABS_CHANNEL);
  const listeners = new Set<(message: TabMessage) => void>();
  let isClosed = false;
  channel.addEventListener('message', (event) => {
    const parsed = v.safeParse(messageSchema, event.data);
    if (!parsed.success) return;
    const message = parsed.output;
    if ('to' in message && message.to !== tabId) return;
    for (const listener of [...listeners]) listener(message);
  });
  return {
    tabId,
    post(message) {
      if (!isClosed) channel.postMessage(message);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      isClosed = true;
      channel.close();
    },
  };
}
