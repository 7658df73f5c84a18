import * as v from 'valibot';
import type { OpenBroadcast } from '../chats/change-feed.ts';
import { MODELS_CHANNEL } from './constants.ts';

const count = v.pipe(v.number(), v.minValue(0));

const messageSchema = v.variant('type', [
  /** Notes or stored files changed: read them again. */
  v.object({ type: v.literal('changed') }),
  /** How far the download is that runs in another tab. */
  v.object({
    type: v.literal('progress'),
    modelId: v.pipe(v.string(), v.maxLength(300)),
    progress: v.object({
      loadedBytes: count,
      totalBytes: count,
      bytesPerSecond: v.nullable(count),
      secondsLeft: v.nullable(count),
      phase: v.picklist(['downloading', 'retrying', 'checking']),
    }),
  }),
]);

type ModelsMessage = v.InferOutput<typeof messageSchema>;

/** What the tabs of a profile say about models: what to read again, and how far a download is. */
export interface ModelsFeed {
  publish(message: ModelsMessage): void;
  close(): void;
}

export function createModelsFeed(deps: {
  readonly openBroadcast: OpenBroadcast;
  /** Called with what other tabs say. */
  readonly onMessage: (message: ModelsMessage) => void;
}): ModelsFeed {
  const channel = deps.openBroadcast(MODELS_CHANNEL);
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
