import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2';
import type { Connection, PeerId, Stream, Transport } from '@libp2p/interface';
import { RESERVE_MS } from './constants.ts';

/** Ways through relays, and places at them, so that others can call. */
export interface Circuit {
  readonly transport: (components: CircuitRelayTransportComponents) => Transport;
  /** Takes a place at a relay that is connected, or keeps the one that is there; libp2p renews it before it expires. */
  reserve(relay: PeerId): Promise<void>;
  /** Told when a place is lost, with the relay's peer id. */
  onLost(listener: (relay: string) => void): void;
}

/** What of libp2p's transport is used beside its interface. */
interface CircuitTransport extends Transport {
  readonly reservationStore: EventTarget & {
    addRelay(relay: PeerId, type: 'configured'): Promise<unknown>;
    relayFilter: { has(id: Uint8Array): boolean; add(id: Uint8Array): void };
  };
  onStop(stream: Stream, connection: Connection): Promise<void>;
}

export function createCircuit(isRelay: (peerId: string) => boolean): Circuit {
  let circuit: CircuitTransport | null = null;
  const listeners: ((relay: string) => void)[] = [];
  return {
    transport(components) {
      // The interface of the package hides its class.
      const made = circuitRelayTransport({ reservationCompletionTimeout: RESERVE_MS })(components) as CircuitTransport;
      // It remembers relays that failed once and never asks them again; which ones are asked is decided here.
      made.reservationStore.relayFilter = { has: () => false, add: () => undefined };
      made.reservationStore.addEventListener('relay:removed', (event) => {
        const { relay } = (event as CustomEvent<{ relay: PeerId }>).detail;
        for (const listener of listeners) listener(relay.toString());
      });
      // Whoever opens this stream is taken for a relay and asked for a place: only those that the person joined.
      const onStop = made.onStop.bind(made);
      made.onStop = async (stream, connection) => {
        if (isRelay(connection.remotePeer.toString())) await onStop(stream, connection);
        else stream.abort(new Error('Not a relay of this node.'));
      };
      circuit = made;
      return made;
    },
    async reserve(relay) {
      if (circuit === null) throw new Error('The node has not started yet.');
      await circuit.reservationStore.addRelay(relay, 'configured');
    },
    onLost: (listener) => void listeners.push(listener),
  };
}
