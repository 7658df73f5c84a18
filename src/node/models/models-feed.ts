import * as v from 'valibot';
import { createTabFeed } from '../tabs/tab-feed.ts';
import type { TabFeed, TabFeedDeps } from '../tabs/tab-feed.ts';
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
export function createModelsFeed(deps: TabFeedDeps<ModelsMessage>): TabFeed<ModelsMessage> {
  return createTabFeed({ name: MODELS_CHANNEL, schema: messageSchema }, deps);
}
