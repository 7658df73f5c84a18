import type { RelayClient } from '../../mesh/relay-client/relay-client.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { EngineState, Live } from '../app.ts';
import { createLive } from '../live.ts';
import { meshModelsOf } from '../consumer/mesh/mesh-models.ts';
import type { OpenBroadcast } from '../tabs/tab-feed.ts';
import { examine } from './examine.ts';
import type { ExamineDeps } from './examine.ts';
import { joinLink, readJoinLink } from './join-link.ts';
import { meshHealth } from './mesh-health.ts';
import { createMeshFeed } from './mesh-feed.ts';
import { IDLE_CONTRIBUTION } from './idle-contribution.ts';
import { createMeshNotes, MAX_RELAYS } from './mesh-notes.ts';
import type { MeshNote } from './mesh-notes.ts';
import type { ContributeState, MeshHealth, MeshModel, MeshState, MeshView, RelayOffer } from './mesh-view.ts';
import type { LeadingMesh, LeadingMeshFactory } from './leading-mesh.ts';

/** Milliseconds between two views that other tabs get. */
const SHARE_EVERY_MS = 250;

const NOTHING: MeshState = { relays: [], nodes: [] };

export interface MeshInit {
  /** Of this page, where its own relay may be. */
  readonly origin: string;
}

export interface MeshDeps extends Pick<ExamineDeps, 'hasGpu' | 'hasWebRtc' | 'wait'> {
  readonly role: Live<EngineState['role']>;
  readonly openBroadcast: OpenBroadcast;
  readonly readNote: (name: string) => Promise<unknown>;
  readonly writeNote: (name: string, value: unknown) => Promise<void>;
  readonly identity: NodeIdentity;
  /** `signer` null: only what anybody may ask. */
  readonly relayClient: (url: string, signer: NodeSigner | null, known?: Address | null) => RelayClient;
  /** Runs the mesh in the tab that leads. */
  readonly lead: LeadingMeshFactory;
  readonly onError: (error: WeftError) => void;
}

export interface RunningMesh extends MeshView {
  /** What runs in this tab, once it does what its part and the notes ask for; null in others, and while nothing is joined. */
  leading(): Promise<LeadingMesh | null>;
  /** Whether the person agreed, in whichever tab: what was just written there may not be heard of here yet. */
  mayAsk(): Promise<boolean>;
  /** Resolves when what was remembered is read. */
  readonly started: Promise<void>;
  stop(): Promise<void>;
}

/** The mesh for one tab: the one that leads runs it, the others show what that one does. */
export function createMesh(init: MeshInit, deps: MeshDeps): RunningMesh {
  const { identity } = deps;
  const state = createLive<MeshState>(NOTHING);
  const health = createLive<MeshHealth>('off');
  const models = createLive<readonly MeshModel[]>([]);
  const contribute = createLive<ContributeState>(IDLE_CONTRIBUTION);
  const mayAskOthers = createLive(false);
  const notes = createMeshNotes(deps);
  let joined: MeshNote['relays'] = [];
  let leading: LeadingMesh | null = null;
  let isStopped = false;
  let shareTimer: ReturnType<typeof setTimeout> | undefined;

  state.subscribe((next) => {
    health.set(meshHealth(next));
    models.set(meshModelsOf(next.nodes));
  });

  const share = () => {
    shareTimer ??= setTimeout(() => {
      shareTimer = undefined;
      if (leading !== null) {
        feed.publish({ type: 'view', view: { state: state.current, contribute: contribute.current } });
      }
    }, SHARE_EVERY_MS);
  };

  const feed = createMeshFeed({
    openBroadcast: deps.openBroadcast,
    onMessage(message) {
      switch (message.type) {
        case 'view':
          if (leading !== null) return;
          state.set(message.view.state);
          contribute.set(message.view.contribute);
          return;
        case 'who':
          share();
          return;
        case 'changed':
          void settle();
          return;
        case 'retry':
          leading?.retry(message.url);
      }
    },
  });

  /** One at a time: each reads what the one before has written. */
  let turn: Promise<void> = Promise.resolve();
  const settle = (): Promise<void> => {
    turn = turn.then(settleNow).catch((error: unknown) => deps.onError(WeftError.from(error)));
    return turn;
  };

  /** Makes what runs here what is remembered and what this tab's part is. */
  const settleNow = async () => {
    const note = await notes.read();
    joined = note.relays;
    mayAskOthers.set(note.mayAskOthers);
    if (isStopped) return;
    const isWanted = deps.role.current === 'leader' && note.relays.length > 0;
    if (!isWanted) {
      await stopLeading();
      if (deps.role.current === 'leader') {
        state.set(NOTHING);
        contribute.set({ ...IDLE_CONTRIBUTION, rules: note.rules });
        feed.publish({ type: 'view', view: { state: state.current, contribute: contribute.current } });
      }
      return;
    }
    if (leading === null) {
      await identity.view.open();
      leading = deps.lead({
        onState(next) {
          state.set(next);
          share();
        },
        onContribute(next) {
          contribute.set(next);
          share();
        },
        onChain(url, chain) {
          const withChain = (before: MeshNote): MeshNote => ({
            ...before,
            relays: before.relays.map((relay) => (relay.url === url ? { ...relay, chain } : relay)),
          });
          change(withChain).catch((error: unknown) => deps.onError(WeftError.from(error)));
        },
      });
    }
    await leading.settle(note);
  };

  const stopLeading = async () => {
    const before = leading;
    leading = null;
    await before?.stop();
  };

  const change = async (edit: (note: MeshNote) => MeshNote) => {
    await notes.change(edit);
    feed.publish({ type: 'changed' });
    await settle();
  };

  let wasLeader = false;
  const unfollowRole = deps.role.subscribe((role) => {
    const isLeader = role === 'leader';
    if (isLeader === wasLeader) return;
    wasLeader = isLeader;
    void settle();
  });
  // Another key is another node.
  let address: string | null = null;
  const unfollowKey = identity.view.state.subscribe((key) => {
    const now = key.status === 'open' ? key.address : null;
    if (now === address) return;
    address = now;
    if (leading !== null) void settle();
  });
  feed.publish({ type: 'who' });

  const signer = async (): Promise<NodeSigner> => {
    await identity.view.open();
    const key = identity.view.state.current;
    if (key.status === 'none') await identity.view.create();
    const open = identity.view.state.current;
    const { current } = identity;
    if (open.status === 'open' && current !== null) {
      return { address: open.address, sign: (digest) => current.sign(digest) };
    }
    throw open.status === 'locked'
      ? new WeftError('identity/locked', 'The key of this node is locked.', {
          hints: ['Unlock it under Wallet, then try again.'],
        })
      : new WeftError('identity/no-key', 'The key of this node cannot be used now.', { hints: ['Look under Wallet.'] });
  };
  const clientOf = async (url: string) => deps.relayClient(url, await signer());

  const offerOf = async (url: string, invite: string | null): Promise<RelayOffer> => {
    const { name, about, admission } = await deps.relayClient(url, null).look();
    return { url, name, about, admission, invite, isJoined: joined.some((relay) => relay.url === url) };
  };

  return {
    state,
    health,
    models,
    contribute,
    mayAskOthers,
    async leading() {
      await turn;
      return leading;
    },
    mayAsk: async () => (await notes.read()).mayAskOthers,
    started: settle(),

    setMayAskOthers: (allowed) => change((note) => ({ ...note, mayAskOthers: allowed })),

    async ownRelay() {
      try {
        return await offerOf(init.origin, null);
      } catch {
        // A plain web server serves the page as well: it is no relay, or it is away.
        return null;
      }
    },

    look(linkOrAddress) {
      const { url, invite } = readJoinLink(linkOrAddress);
      return offerOf(url, invite);
    },

    async join(offer) {
      if (joined.length >= MAX_RELAYS && !joined.some(({ url }) => url === offer.url)) {
        throw new WeftError('mesh/relay-full', `At most ${MAX_RELAYS} relays can be joined at a time.`, {
          hints: ['Leave one of them first.'],
        });
      }
      const client = await clientOf(offer.url);
      const info = await client.look();
      await client.session(offer.invite);
      const relay = { url: offer.url, address: info.address, name: info.name, chain: info.chain };
      await change((note) => ({
        ...note,
        relays: [...note.relays.filter(({ url }) => url !== offer.url), relay].slice(-MAX_RELAYS),
      }));
    },

    leave: (url) => change((note) => ({ ...note, relays: note.relays.filter((relay) => relay.url !== url) })),

    retry(url) {
      if (leading === null) feed.publish({ type: 'retry', url });
      else leading.retry(url);
    },

    setContributing: (on) => change((note) => ({ ...note, isContributing: on })),
    setRules: (rules) => change((note) => ({ ...note, rules })),

    examine: (signal) => examine({ ...deps, state: () => state.current }, signal),

    async invite(url, newInvite) {
      const { invite, expiresAtMs } = await (await clientOf(url)).invite(newInvite);
      return { link: joinLink({ url, invite }), expiresAtMs };
    },
    members: async (url) => (await clientOf(url)).members(),
    setBlocked: async (url, member, isBlocked) => (await clientOf(url)).setBlocked(member, isBlocked),
    apiKeys: async (url) => (await clientOf(url)).apiKeys(),
    createApiKey: async (url, key) => (await clientOf(url)).createApiKey(key),
    revokeApiKey: async (url, id) => (await clientOf(url)).revokeApiKey(id),

    async stop() {
      isStopped = true;
      unfollowRole();
      unfollowKey();
      clearTimeout(shareTimer);
      await turn;
      await stopLeading();
      feed.close();
    },
  };
}
