import type { Connection } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { WeftError } from '../../protocol/errors.ts';
import {
  DIRECT_PATIENCE_MS,
  MAX_SCORES,
  RELAYED_DIAL_MS,
  RELAYED_LINGER_MS,
  UPGRADE_AGAIN_MS,
  UPGRADE_DEADLINE_MS,
  UPGRADE_TRIES,
} from './constants.ts';
import type { MeshLibp2p } from './create-libp2p.ts';
import type { Path } from './mesh-host.ts';

/** Ways to other nodes. */
export interface Reach {
  /** The best way that is there; else a new one: direct where that works within a second, else through a relay. */
  connect(peerId: string, signal: AbortSignal | undefined): Promise<Connection>;
  /** The best connection that is open now. */
  best(peerId: string): Connection | null;
  pathOf(connection: Connection): Path;
}

export interface ReachDeps {
  readonly libp2p: MeshLibp2p;
  /** Of the relays that are up, each with its peer id at the end. */
  readonly relayMultiaddrs: () => readonly string[];
  readonly isRelay: (peerId: string) => boolean;
  readonly hasWebRtc: boolean;
  readonly nowMs: () => number;
}

const RANK: Readonly<Record<Path, number>> = { relay: 0, direct: 0, relayed: 1 };

export function createReach(deps: ReachDeps): Reach {
  const { libp2p, relayMultiaddrs, isRelay, hasWebRtc, nowMs } = deps;
  const upgrades = new Map<string, Promise<Connection | null>>();
  /** When a direct way was last not found; as many as peers are remembered. */
  const failedAtMs = new Map<string, number>();

  const pathOf = (connection: Connection): Path => {
    if (isRelay(connection.remotePeer.toString())) return 'relay';
    const names = connection.remoteAddr.getComponents().map(({ name }) => name);
    // A hostile relay may call its circuit unlimited; the address tells.
    const isRelayed = names.includes('p2p-circuit') && !names.includes('webrtc');
    return isRelayed || connection.limits !== undefined ? 'relayed' : 'direct';
  };

  const best = (peerId: string): Connection | null => {
    let found: Connection | null = null;
    for (const connection of libp2p.getConnections(peerIdFromString(peerId))) {
      if (connection.status !== 'open') continue;
      if (found === null || RANK[pathOf(connection)] < RANK[pathOf(found)]) found = connection;
    }
    return found;
  };

  const dial = (peerId: string, through: '/p2p-circuit' | '/p2p-circuit/webrtc', signal: AbortSignal) =>
    libp2p.dial(
      relayMultiaddrs().map((relay) => multiaddr(`${relay}${through}/p2p/${peerId}`)),
      { signal },
    );

  const letGoOfRelayed = (peerId: string) => {
    setTimeout(() => {
      for (const connection of libp2p.getConnections(peerIdFromString(peerId))) {
        if (pathOf(connection) !== 'relayed') continue;
        if (connection.streams.some(({ protocol }) => protocol.startsWith('/weft/'))) continue;
        void connection.close().catch(() => connection.abort(new Error('Replaced by a direct connection.')));
      }
    }, RELAYED_LINGER_MS);
  };

  const upgrade = async (peerId: string): Promise<Connection | null> => {
    for (let tries = 0; tries < UPGRADE_TRIES; tries++) {
      try {
        const connection = await dial(peerId, '/p2p-circuit/webrtc', AbortSignal.timeout(UPGRADE_DEADLINE_MS));
        if (pathOf(connection) !== 'direct') continue;
        failedAtMs.delete(peerId);
        letGoOfRelayed(peerId);
        return connection;
      } catch (error) {
        // Nobody is there to try again with.
        if (isAbsent(error) || best(peerId) === null) break;
      }
    }
    failedAtMs.delete(peerId);
    failedAtMs.set(peerId, nowMs());
    for (const oldest of failedAtMs.keys()) {
      if (failedAtMs.size <= MAX_SCORES) break;
      failedAtMs.delete(oldest);
    }
    return null;
  };

  /** One at a time for each peer; null where a direct way is not to be had. */
  const startUpgrade = (peerId: string): Promise<Connection | null> => {
    const failed = failedAtMs.get(peerId);
    if (!hasWebRtc || (failed !== undefined && nowMs() - failed < UPGRADE_AGAIN_MS && best(peerId) !== null)) {
      return Promise.resolve(null);
    }
    let running = upgrades.get(peerId);
    if (running === undefined) {
      running = upgrade(peerId).finally(() => upgrades.delete(peerId));
      upgrades.set(peerId, running);
    }
    return running;
  };

  return {
    best,
    pathOf,
    async connect(peerId, signal) {
      const known = best(peerId);
      const upgraded = known === null || pathOf(known) === 'relayed' ? startUpgrade(peerId) : null;
      if (known !== null) return known;
      signal?.throwIfAborted();
      if (relayMultiaddrs().length === 0) {
        throw new WeftError('mesh/dial-failed', 'No relay is connected through which another node could be reached.', {
          hints: ['Wait until a relay is connected again.'],
          retryable: true,
        });
      }
      let patience: ReturnType<typeof setTimeout> | undefined;
      const waited = new Promise<null>((resolve) => {
        patience = setTimeout(resolve, DIRECT_PATIENCE_MS, null);
        signal?.addEventListener('abort', () => resolve(null), { once: true });
      });
      const direct = await Promise.race([upgraded, waited]);
      clearTimeout(patience);
      signal?.throwIfAborted();
      const now = direct ?? best(peerId);
      if (now !== null) return now;
      const deadline = AbortSignal.timeout(RELAYED_DIAL_MS);
      try {
        return await dial(
          peerId,
          '/p2p-circuit',
          signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        );
      } catch (error) {
        signal?.throwIfAborted();
        throw new WeftError(
          'mesh/dial-failed',
          isAbsent(error) ? 'The other node is not there any more.' : 'The other node could not be reached.',
          { hints: ['Try again; another node may take over.'], cause: error, retryable: !isAbsent(error) },
        );
      }
    },
  };
}

/** Whether a relay said that nobody of that name has a place there. */
function isAbsent(error: unknown): boolean {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.every((one) => one instanceof Error && one.message.includes('NO_RESERVATION'));
}
