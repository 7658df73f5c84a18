import * as v from 'valibot';
import type { OpenBroadcast, TabFeed } from '../tabs/tab-feed.ts';
import { createTabFeed } from '../tabs/tab-feed.ts';
import type { ContributeState, MeshState } from './mesh-view.ts';

/** The number is raised when its messages change: versions of the page then do not meet. */
const MESH_CHANNEL = 'weft-mesh-1';

/** What the leading tab shows the others. */
interface SharedView {
  readonly state: MeshState;
  readonly contribute: ContributeState;
}

/** Written by a tab of this version, as the channel's name says; only its shape is looked at. */
const viewSchema = v.custom<SharedView>(
  (value) => typeof value === 'object' && value !== null && 'state' in value && 'contribute' in value,
);

const messageSchema = v.variant('type', [
  v.object({ type: v.literal('view'), view: viewSchema }),
  /** A tab that has just opened asks for the view. */
  v.object({ type: v.literal('who') }),
  /** What this profile remembers of the mesh was written anew. */
  v.object({ type: v.literal('changed') }),
  v.object({ type: v.literal('retry'), url: v.pipe(v.string(), v.maxLength(300)) }),
]);
type MeshMessage = v.InferOutput<typeof messageSchema>;

/** What the tabs of a profile tell each other about the mesh. */
export function createMeshFeed(deps: {
  readonly openBroadcast: OpenBroadcast;
  readonly onMessage: (message: MeshMessage) => void;
}): TabFeed<MeshMessage> {
  return createTabFeed({ name: MESH_CHANNEL, schema: messageSchema }, deps);
}
