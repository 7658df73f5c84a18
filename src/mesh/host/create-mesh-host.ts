import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { WeftError } from '../../protocol/errors.ts';
import { HELLO_PROTOCOL } from '../../protocol/mesh/constants.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { createCircuit } from './circuit.ts';
import { HELLO_WITHIN_MS, RELAY_DIAL_MS, SWEEP_EVERY_MS, TELL_AFTER_MS, WAKE_PING_MS } from './constants.ts';
import { createMeshLibp2p } from './create-libp2p.ts';
import { createDirectory } from './directory.ts';
import { createGate } from './gate.ts';
import { createGreetings } from './greet.ts';
import { createHostStreams } from './host-streams.ts';
import type { GuardIce, WatchLifecycle } from './lifecycle.ts';
import type { MeshHost, MeshState, Offence, Path } from './mesh-host.ts';
import { addressOfPeer, peerIdOfKey } from './peer-address.ts';
import { createReach } from './reach.ts';
import { createRelaySockets } from './relay-sockets.ts';
import { createScores } from './scores.ts';
import { superviseRelay } from './supervise-relay.ts';
import type { RelayDoor, RelaySupervisor, RelayToJoin } from './supervise-relay.ts';

export interface MeshHostInit {
  /** 32 bytes, secp256k1: the key of the account. */
  readonly privateKey: Uint8Array;
  /** Of the software, at most 40 characters; peers may know it. */
  readonly software: string;
  /** Whether direct connections are made: a page that has WebRTC, or Node with node-datachannel. */
  readonly webRtc: boolean;
}

export interface MeshHostDeps {
  /** Of the same key. */
  readonly signer: NodeSigner;
  readonly door: (relay: RelayToJoin) => RelayDoor;
  /** Called before the library that makes connections is loaded. */
  readonly guardIce: GuardIce;
  readonly watchLifecycle: WatchLifecycle;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/** A host that runs. It contacts nobody before a relay is joined. */
export interface RunningMeshHost extends MeshHost {
  /** A second time for one origin: nothing. */
  join(relay: RelayToJoin): void;
  leave(url: string): void;
  /** Tries a relay again at once that waits or has refused. */
  retry(url: string): void;
  /** Makes the way to a node before it is needed; resolves with the best there is. Throws as {@link MeshHost.openStream}. */
  connect(peerId: string, options?: { readonly signal?: AbortSignal }): Promise<Path>;
}

export async function createMeshHost(init: MeshHostInit, deps: MeshHostDeps): Promise<RunningMeshHost> {
  const { signer, nowMs } = deps;
  const self = { peerId: peerIdOfKey(init.privateKey), address: signer.address };
  const relays = new Map<string, RelaySupervisor>();
  const listeners = new Set<(state: MeshState) => void>();
  let isStopped = false;

  const supervisors = () => [...relays.values()];
  const iceServers = () => supervisors().flatMap((relay) => relay.iceServers);
  const isRelay = (peerId: string) => supervisors().some(({ link }) => link.info?.peerId === peerId);
  const multiaddrsOf = (some: readonly RelaySupervisor[]) =>
    some.flatMap(({ address }) => (address === null ? [] : [address.multiaddr]));

  const scores = createScores({ nowMs, isRelay });
  const directory = createDirectory({ self: self.peerId, isRelay, nowMs });
  const sockets = createRelaySockets();
  const circuit = createCircuit(isRelay);
  const removeGuard = deps.guardIce((url) => iceServers().some(({ urls }) => urls.includes(url)));
  const libp2p = await createMeshLibp2p(
    {
      privateKey: init.privateKey,
      software: init.software,
      // Never left out: the library's own default asks servers of third parties.
      rtcConfiguration: init.webRtc ? () => ({ iceServers: iceServers().map((server) => ({ ...server })) }) : null,
    },
    {
      sockets,
      circuit,
      gater: createGate({
        relayMultiaddrs: () => multiaddrsOf(supervisors()),
        isRelay,
        isBanned: (peerId) => scores.isBanned(peerId),
      }),
    },
  );
  const reach = createReach({
    libp2p,
    relayMultiaddrs: () => multiaddrsOf(supervisors().filter(({ connection }) => connection !== null)),
    isRelay,
    hasWebRtc: init.webRtc,
    nowMs,
  });

  let state: MeshState = { relays: [], nodes: [] };
  let telling: ReturnType<typeof setTimeout> | undefined;
  const read = (): MeshState => ({
    relays: supervisors().map(({ link }) => link),
    nodes: directory.cards().map((card) => {
      const connection = reach.best(card.peerId);
      return {
        peer: { peerId: card.peerId, address: card.address },
        card,
        path: connection === null ? null : reach.pathOf(connection),
        roundTripMs: connection?.rtt ?? null,
        score: scores.of(card.peerId),
      };
    }),
  });
  const tell = () => {
    if (isStopped) return;
    telling ??= setTimeout(() => {
      telling = undefined;
      state = read();
      for (const listener of listeners) listener(state);
    }, TELL_AFTER_MS);
  };

  const sendAway = (peerId: string) => {
    for (const connection of libp2p.getConnections()) {
      if (connection.remotePeer.toString() === peerId) connection.abort(new Error('Its conduct was too bad.'));
    }
  };
  const report = (peerId: string, offence: Offence) => {
    if (scores.report(peerId, offence)) sendAway(peerId);
    tell();
  };

  const streams = createHostStreams({ libp2p, reach, scores, report });

  const connect = async (peerId: string, signal: AbortSignal | undefined): Promise<Connection> => {
    if (isStopped || scores.isBanned(peerId)) {
      throw new WeftError('mesh/dial-failed', 'This node does not speak with the other one now.');
    }
    // Throws for what is no peer id, before libp2p does in its own words.
    addressOfPeer(peerId);
    try {
      return await reach.connect(peerId, signal);
    } catch (error) {
      // No relay knows of it any more; if it comes back, it says so.
      if (error instanceof WeftError && error.code === 'mesh/dial-failed' && !error.retryable) {
        directory.delete(peerId);
        tell();
      }
      throw error;
    }
  };

  const greetings = createGreetings(
    { peerId: self.peerId, software: init.software },
    {
      gossip: libp2p.services.gossip,
      directory,
      signer,
      async open(peerId) {
        const connection = reach.best(peerId);
        if (connection === null) throw new WeftError('mesh/peer-lost', 'The other node is not connected.');
        const stream = await streams.open(connection, HELLO_PROTOCOL, { signal: AbortSignal.timeout(HELLO_WITHIN_MS) });
        const tooLong = setTimeout(() => stream.abort(), HELLO_WITHIN_MS);
        stream.signal.addEventListener('abort', () => clearTimeout(tooLong), { once: true });
        return stream;
      },
      relays: () => supervisors().flatMap(({ connection }) => (connection ? [connection.remotePeer.toString()] : [])),
      neighbours: () =>
        libp2p
          .getConnections()
          .filter((connection) => reach.pathOf(connection) === 'direct')
          .map(({ remotePeer }) => remotePeer.toString()),
      report,
      mayBring: (peerId) => scores.take(peerId, 'cards'),
      nowMs,
      onChange: tell,
      onBye: sendAway,
    },
  );
  await streams.handle(HELLO_PROTOCOL, (stream) => greetings.answer(stream));

  libp2p.addEventListener('connection:open', ({ detail: connection }) => {
    tell();
    // Whoever dialled greets; a relay is greeted when it is ready.
    if (connection.direction === 'outbound' && reach.pathOf(connection) === 'direct') {
      greetings.greet(connection.remotePeer.toString());
    }
  });
  libp2p.addEventListener('connection:close', tell);
  circuit.onLost((peerId) => {
    for (const relay of supervisors()) if (relay.link.info?.peerId === peerId) relay.lost();
  });
  const sweep = setInterval(() => {
    directory.sweep();
    tell();
  }, SWEEP_EVERY_MS);

  const answers = (connection: Connection): Promise<boolean> =>
    libp2p.services.ping.ping(connection.remotePeer, { signal: AbortSignal.timeout(WAKE_PING_MS) }).then(
      () => true,
      () => false,
    );
  const stopWatching = deps.watchLifecycle({
    onWake() {
      for (const relay of supervisors()) relay.wake();
      for (const connection of libp2p.getConnections()) {
        if (reach.pathOf(connection) !== 'direct') continue;
        void answers(connection).then((isAlive) => {
          if (!isAlive) connection.abort(new Error('It did not survive the sleep.'));
        });
      }
    },
    onLeave() {
      // Ends at once, and the others notice at once; a stream would need an answer.
      for (const connection of libp2p.getConnections()) connection.abort(new Error('The page goes.'));
    },
  });

  return {
    self,
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async connect(peerId, { signal } = {}) {
      return reach.pathOf(await connect(peerId, signal));
    },
    async openStream(peerId, protocol, options = {}) {
      return streams.open(await connect(peerId, options.signal), protocol, options);
    },
    handle: streams.handle,
    setCard: (card) => greetings.setCard(card),
    report,
    praise(peerId) {
      scores.praise(peerId);
      tell();
    },
    join(relay) {
      if (isStopped || relays.has(relay.url)) return;
      const supervisor = superviseRelay(relay, {
        door: deps.door(relay),
        async connect(address, signal) {
          sockets.know(address);
          const deadline = AbortSignal.timeout(RELAY_DIAL_MS);
          return libp2p.dial(multiaddr(address.multiaddr), { signal: AbortSignal.any([signal, deadline]) });
        },
        reserve: (connection) => circuit.reserve(connection.remotePeer),
        answers,
        nowMs,
        random: deps.random,
        onChange: tell,
        onReady: (connection) => greetings.greet(connection.remotePeer.toString()),
      });
      relays.set(relay.url, supervisor);
      state = read();
      tell();
    },
    leave(url) {
      const relay = relays.get(url);
      if (relay === undefined) return;
      relays.delete(url);
      const { connection } = relay;
      relay.stop();
      connection?.abort(new Error('The relay was left.'));
      state = read();
      tell();
    },
    retry: (url) => relays.get(url)?.retry(),
    async stop() {
      if (isStopped) return;
      await greetings.leave();
      isStopped = true;
      stopWatching();
      greetings.stop();
      clearInterval(sweep);
      clearTimeout(telling);
      for (const relay of supervisors()) relay.stop();
      await libp2p.stop();
      removeGuard();
    },
  };
}
