import type { WireError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import type { CapabilityCard } from '../../protocol/mesh/capability-card.ts';
import type { RelayInfo } from '../../protocol/mesh/relay-info.ts';

/** How two nodes reach one another: at once, through a relay's circuit, or one of them is the relay itself. */
export type Path = 'direct' | 'relayed' | 'relay';

export interface Peer {
  readonly peerId: string;
  /** The account of the same key. */
  readonly address: Address;
}

/**
 * One stream to a peer, as whole messages. A message longer than the stream's limit, or one cut short, ends it with
 * mesh/too-large or mesh/bad-message, and the sender's score with it.
 */
export interface MeshStream {
  readonly peer: Peer;
  readonly path: Path;
  /** Resolves when the transport takes more: whoever waits for it never fills memory. Throws mesh/peer-lost. */
  send(message: Uint8Array): Promise<void>;
  /** Read once, in order; ends when the peer has closed its side. Throws mesh/peer-lost where it broke off. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Ends this side after what was sent; never rejects. */
  close(): Promise<void>;
  /** Ends both sides at once, without a word. */
  abort(): void;
  /** Aborts when the stream is over, however it ended. */
  readonly signal: AbortSignal;
}

export interface OpenStreamOptions {
  readonly signal?: AbortSignal;
  /** Longest message either side may send, in bytes. */
  readonly maxMessageBytes?: number;
}

/** Where the way to one relay stands. Branch on `phase`; `error` says why it is not `ready`. */
export type RelayPhase =
  /** Not begun, or waiting `retryAtMs` for the next try. */
  | 'waiting'
  /** Asking who it is. */
  | 'looking'
  /** Opening the WebSocket. */
  | 'dialling'
  /** Asking to be let in. */
  | 'joining'
  /** Reserving a place, so that others can call. */
  | 'reserving'
  | 'ready'
  /** It does not let this node in; no retry until something changes. */
  | 'refused';

export interface RelayLink {
  /** Origin of the relay, `https://relay.example.org`. */
  readonly url: string;
  readonly phase: RelayPhase;
  /** Null until it was asked once. */
  readonly info: RelayInfo | null;
  readonly role: 'member' | 'admin' | null;
  readonly error: WireError | null;
  readonly retryAtMs: number | null;
}

/** A node that this one knows of. */
export interface KnownNode {
  readonly peer: Peer;
  /** Newest card that still counts. */
  readonly card: CapabilityCard;
  /** Null: not connected now. */
  readonly path: Path | null;
  /** Milliseconds there and back; null where it was not measured. */
  readonly roundTripMs: number | null;
  /** 0 (just met) and up for good conduct, below 0 for bad; at {@link BANNED_SCORE} it is not listened to. */
  readonly score: number;
}

export interface MeshState {
  readonly relays: readonly RelayLink[];
  /** Newest first known last; never this node itself. */
  readonly nodes: readonly KnownNode[];
}

/** Why a peer's score falls. */
export type Offence = 'bad-message' | 'too-large' | 'flood' | 'broke-off' | 'lied';

/** This node on the mesh: one libp2p host, its relays, and who else is there. */
export interface MeshHost {
  readonly self: Peer;
  readonly state: MeshState;
  /** Told after every change, with the state. Returns the way out. */
  subscribe(listener: (state: MeshState) => void): () => void;
  /** Throws mesh/dial-failed, mesh/peer-lost, mesh/not-admitted. */
  openStream(peerId: string, protocol: string, options?: OpenStreamOptions): Promise<MeshStream>;
  /** Streams of peers that score too low never reach the handler; those of it that throw are aborted. */
  handle(protocol: string, handler: (stream: MeshStream) => Promise<void>, options?: OpenStreamOptions): Promise<void>;
  /** What this node says of itself from now on; sent out at once and again before it expires. */
  setCard(card: Pick<CapabilityCard, 'roles' | 'models' | 'load' | 'isAccepting'>): void;
  report(peerId: string, offence: Offence): void;
  praise(peerId: string): void;
  /** Says goodbye and lets go of everything. */
  stop(): Promise<void>;
}
