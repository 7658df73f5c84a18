import type { Engine } from '../../engine/engine.ts';
import type { RelayClient } from '../../mesh/relay-client/relay-client.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import type { RelayInfo } from '../../protocol/mesh/relay-info.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import type { MeshConsumer } from '../consumer/mesh/mesh-consumer.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { ReceiptBook } from '../provider/sign-receipt.ts';
import type { EngineTurns } from '../tabs/engine-turns.ts';
import { createContribution } from './contribution.ts';
import type { Contribution, ContributionDeps } from './contribution.ts';
import { IDLE_CONTRIBUTION } from './idle-contribution.ts';
import { meshDomain } from './mesh-domain.ts';
import type { MeshNode, OpenMeshNode } from './mesh-node.ts';
import type { MeshNote } from './mesh-notes.ts';
import type { ContributeState, MeshState } from './mesh-view.ts';

export interface LeadingMeshEvents {
  readonly onState: (state: MeshState) => void;
  readonly onContribute: (state: ContributeState) => void;
  /** A relay names another chain than it did. */
  readonly onChain: (url: string, chain: RelayInfo['chain']) => void;
}

/** The mesh in the tab that leads. */
export interface LeadingMesh {
  /** Null until the node is up. */
  readonly consumer: MeshConsumer | null;
  /** Makes what runs what is remembered; again after each change. Throws what opening the node throws. */
  settle(note: MeshNote): Promise<void>;
  retry(url: string): void;
  stop(): Promise<void>;
}

export type LeadingMeshFactory = (events: LeadingMeshEvents) => LeadingMesh;

export interface LeadingMeshDeps extends Pick<ContributionDeps, 'ownModel' | 'energy'> {
  readonly identity: NodeIdentity;
  /** Of this tab; null while it does not lead. */
  readonly turns: () => EngineTurns | null;
  /** What all tabs call; needs no GPU for prompts of models elsewhere. */
  readonly engine: Pick<Engine, 'encodePrompt'>;
  readonly relayClient: (url: string, signer: NodeSigner, known: Address | null) => RelayClient;
  readonly receipts: () => Promise<ReceiptBook>;
  /** Loads what a mesh needs only where one was joined. */
  readonly openNode: OpenMeshNode;
  /** Its name and version. */
  readonly software: string;
  readonly nowMs: () => number;
}

interface Running {
  readonly node: MeshNode;
  readonly contribution: Contribution;
  /** Whose key and which chain it was opened with: with others it is another node. */
  readonly opened: string;
  readonly unfollow: () => void;
}

export function createLeadingMesh(events: LeadingMeshEvents, deps: LeadingMeshDeps): LeadingMesh {
  const { identity } = deps;
  let running: Running | null = null;

  const end = async () => {
    const before = running;
    running = null;
    if (before === null) return;
    before.unfollow();
    await before.contribution.stop();
    await before.node.stop();
  };

  /** The relays as they stand while there is no node to ask them. */
  const showUnreachable = (note: MeshNote, error: WeftError) => {
    const relays = note.relays.map(({ url }) => ({
      ...({ url, phase: 'waiting', info: null, role: null, retryAtMs: null } as const),
      error: error.toWire(),
    }));
    events.onState({ relays, nodes: [] });
    events.onContribute({ ...IDLE_CONTRIBUTION, rules: note.rules });
  };

  const begin = async (note: MeshNote, address: Address, opened: string) => {
    const { current } = identity;
    const turns = deps.turns();
    if (current === null || turns === null) return;
    const signer: NodeSigner = { address, sign: (digest) => current.sign(digest) };
    const node = await deps.openNode(
      {
        privateKey: current.exportForLibp2p(),
        // Members of one relay agree on its chain; with several, that of the first counts.
        domain: meshDomain(note.relays[0]?.chain ?? null),
        software: deps.software,
      },
      {
        signer,
        turns,
        receipts: await deps.receipts(),
        onActivity: () => running?.contribution.look(),
        encodePrompt: (request, options) => deps.engine.encodePrompt(request, options),
        relayClient: (url, known) => deps.relayClient(url, signer, known),
        nowMs: deps.nowMs,
      },
    );
    const contribution = createContribution(
      { ...IDLE_CONTRIBUTION, rules: note.rules },
      {
        ...deps,
        engine: turns,
        provider: node.provider,
        isOwnChatBusy: () => turns.isOwnBusy(),
        meshState: () => node.host.state,
        setCard: (card) => node.host.setCard(card),
        onChange: events.onContribute,
        now: () => new Date(deps.nowMs()),
      },
    );
    let wasReady = false;
    const told = new Map<string, string>();
    const unfollow = node.host.subscribe((state) => {
      events.onState(state);
      for (const { url, info } of state.relays) {
        const known = note.relays.find((relay) => relay.url === url);
        if (info === null || known === undefined || JSON.stringify(info.chain) === told.get(url)) continue;
        told.set(url, JSON.stringify(info.chain));
        if (JSON.stringify(info.chain) !== JSON.stringify(known.chain)) events.onChain(url, info.chain);
      }
      const isReady = state.relays.some(({ phase }) => phase === 'ready');
      // What pauses for want of a relay goes on as soon as there is one.
      if (isReady !== wasReady) contribution.look();
      wasReady = isReady;
    });
    running = { node, contribution, opened, unfollow };
  };

  return {
    get consumer() {
      return running?.node.consumer ?? null;
    },

    async settle(note) {
      const key = identity.view.state.current;
      if (key.status !== 'open') {
        await end();
        const locked = new WeftError('identity/locked', 'The key of this node is locked, so it is on no mesh.', {
          hints: ['Unlock it under Wallet.'],
        });
        showUnreachable(note, locked);
        return;
      }
      const opened = JSON.stringify([key.address, note.relays[0]?.chain]);
      if (running?.opened !== opened) {
        await end();
        await begin(note, key.address, opened);
      }
      if (running === null) return;
      const { host } = running.node;
      const wanted = new Set(note.relays.map(({ url }) => url));
      for (const { url } of host.state.relays) if (!wanted.has(url)) host.leave(url);
      for (const { url, address } of note.relays) host.join({ url, known: address, invite: null });
      // Not awaited: the test of a large model takes its time, and what is joined next must not wait for it.
      void running.contribution.settle({ isOn: note.isContributing, rules: note.rules });
    },

    retry: (url) => running?.node.host.retry(url),
    stop: end,
  };
}
