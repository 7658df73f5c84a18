import { describe, expect, it } from 'vitest';
import { cardModel, knownNode, TEST_MANIFEST } from '../../mesh/known-node.fixture.ts';
import { candidatesFor } from './choose.ts';
import type { Wanted } from './choose.ts';

const wanted = (part: Partial<Wanted> = {}): Wanted => ({
  manifest: TEST_MANIFEST,
  kind: 'chat',
  contextTokens: 0,
  maxPriceWei: 0n,
  warmPeerId: null,
  tried: new Set(),
  ...part,
});
const idle = { running: 0, waiting: 0, limit: 8 };
const first = (nodes: Parameters<typeof candidatesFor>[0], part?: Partial<Wanted>) =>
  candidatesFor(nodes, wanted(part))[0]?.node;

describe('who is asked', () => {
  it('leaves out who has not the model, takes nothing, is too dear, reads too little or was tried', () => {
    const nodes = [
      knownNode({ name: 'a', models: [] }),
      knownNode({ name: 'b', isAccepting: false }),
      knownNode({ name: 'c', models: [cardModel({ pricePerTokenWei: '1' })] }),
      knownNode({ name: 'd', models: [cardModel({ contextLimit: 100 })] }),
      knownNode({ name: 'e' }),
      knownNode({ name: 'f', models: [cardModel({ kind: 'embedding' })] }),
    ];
    const tried = new Set([nodes[4]!.peer.peerId]);
    expect(candidatesFor(nodes, wanted({ contextTokens: 101, tried }))).toEqual([]);
  });

  it('prefers the faster, the nearer, the one with less to do and the one in better standing', () => {
    const usual = knownNode({ name: 'a' });
    const faster = knownNode({ name: 'b', models: [cardModel({ decodeTokensPerSecond: 40 })] });
    const nearer = knownNode({ name: 'c', roundTripMs: 1 });
    const busy = knownNode({ name: 'd', load: { ...idle, running: 1 } });
    const better = knownNode({ name: 'e', score: 5 });
    const relayed = knownNode({ name: 'f', path: 'relayed' });
    expect(first([usual, faster])).toBe(faster);
    expect(first([usual, nearer])).toBe(nearer);
    expect(first([busy, usual])).toBe(usual);
    expect(first([usual, better])).toBe(better);
    expect(first([relayed, usual])).toBe(usual);
  });

  it('goes back to the node that knows the conversation, unless that one is busy for long', () => {
    const warm = knownNode({ name: 'a', roundTripMs: 200 });
    const near = knownNode({ name: 'b', roundTripMs: 1 });
    expect(first([near, warm], { warmPeerId: warm.peer.peerId })).toBe(warm);
    const occupied = knownNode({ name: 'a', load: { running: 1, waiting: 3, limit: 8 } });
    expect(first([near, occupied], { warmPeerId: occupied.peer.peerId })).toBe(near);
  });

  it('takes the cheaper of two that are as good', () => {
    const dear = knownNode({ name: 'a', models: [cardModel({ pricePerTokenWei: '9' })] });
    const cheap = knownNode({ name: 'b', models: [cardModel({ pricePerTokenWei: '2' })] });
    expect(first([dear, cheap], { maxPriceWei: 10n })).toBe(cheap);
  });

  it('does not take the word of a node for a speed that no machine has', () => {
    const boasting = knownNode({ name: 'a', roundTripMs: 400, models: [cardModel({ decodeTokensPerSecond: 1e6 })] });
    const honest = knownNode({ name: 'b', roundTripMs: 10, models: [cardModel({ decodeTokensPerSecond: 500 })] });
    expect(first([boasting, honest])).toBe(honest);
  });
});
