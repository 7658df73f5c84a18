import { describe, expect, it } from 'vitest';
import { sealCard } from '../../protocol/mesh/capability-card.ts';
import { signerOf } from '../../protocol/mesh/mesh-signer.fixture.ts';
import { createDirectory } from './directory.ts';
import { peerIdOfKey } from './peer-address.ts';

const NOW_S = 1_800_000_000;

const peerOf = (seed: number) => peerIdOfKey(new Uint8Array(32).fill(seed));
const [self, relay, neighbour] = [peerOf(1), peerOf(2), peerOf(3)];

/** What the node with this key says of itself, `laterS` seconds later. */
function cardOf(seed: number, laterS = 0): Uint8Array {
  const signer = signerOf(seed);
  const card = {
    version: 1 as const,
    ...{ address: signer.address, peerId: peerOf(seed), roles: [], models: [], software: 'weft/test' },
    ...{ issuedAt: NOW_S + laterS, expiresAt: NOW_S + laterS + 60, load: { running: 0, waiting: 0, limit: 0 } },
    isAccepting: false,
  };
  return sealCard(card, signer);
}

const open = () => createDirectory({ self, isRelay: (peerId) => peerId === relay, nowMs: () => NOW_S * 1_000 });

describe('the directory of a node', () => {
  it('takes cards of anybody from a relay, and from a neighbour its own', () => {
    const directory = open();
    expect(directory.receive(cardOf(7), relay)?.peerId).toBe(peerOf(7));
    expect(directory.receive(cardOf(3), neighbour)?.peerId).toBe(neighbour);
    expect(directory.cards()).toHaveLength(2);
  });

  it('leaves out nodes that only a neighbour knows: whoever makes up many would wash the others out', () => {
    const directory = open();
    expect(directory.receive(cardOf(7), neighbour)).toBeNull();
    expect(directory.cards()).toEqual([]);
  });

  it('hears from a neighbour what is new of a node that it knows', () => {
    const directory = open();
    directory.receive(cardOf(7), relay);
    expect(directory.receive(cardOf(7, 5), neighbour)?.issuedAt).toBe(NOW_S + 5);
    expect(directory.receive(cardOf(7, 5), relay)).toBeNull();
  });
});
