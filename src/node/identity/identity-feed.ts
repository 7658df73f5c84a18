import * as v from 'valibot';
import { createTabFeed } from '../tabs/tab-feed.ts';
import type { TabFeed, TabFeedDeps } from '../tabs/tab-feed.ts';

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
export function createIdentityFeed(deps: TabFeedDeps<IdentityMessage>): TabFeed<IdentityMessage> {
  return createTabFeed({ name: IDENTITY_CHANNEL, schema: messageSchema }, deps);
}
