import { describe, expect, it } from 'vitest';
import { knownNode, meshModel } from '../mesh.fixture.ts';
import {
  describeAdmission,
  describeLoad,
  describeRelay,
  describeServing,
  describeStanding,
  formatRoundTrip,
} from './mesh-text.ts';

describe('the way to a relay', () => {
  it('says when the next try is, and never one in the past', () => {
    expect(describeRelay({ phase: 'waiting', retryAtMs: 5_400 }, 1_000)).toBe('Not connected, tries again in 5 s');
    expect(describeRelay({ phase: 'waiting', retryAtMs: 500 }, 1_000)).toBe('Not connected, tries again in 1 s');
    expect(describeRelay({ phase: 'waiting', retryAtMs: null }, 1_000)).toBe('Not connected yet');
  });

  it('is connected when it is', () => {
    expect(describeRelay({ phase: 'ready', retryAtMs: null }, 0)).toBe('Connected');
  });
});

describe('who may join', () => {
  it('depends on whether an invitation came with the link', () => {
    expect(describeAdmission({ admission: 'invite', invite: 'abc' })).toBe('Your link holds an invitation.');
    expect(describeAdmission({ admission: 'invite', invite: null })).toContain('You need an invitation');
    expect(describeAdmission({ admission: 'open', invite: null })).toBe('Anybody may join.');
  });
});

describe('a node', () => {
  it('is described by what it does now', () => {
    const { card } = knownNode(1);
    expect(describeLoad({ ...card, load: { running: 0, waiting: 0, limit: 8 } })).toBe('Free');
    expect(describeLoad({ ...card, load: { running: 1, waiting: 2, limit: 8 } })).toBe('Answering, 2 waiting');
    expect(describeLoad({ ...card, isAccepting: false })).toBe('Takes nothing new');
    expect(describeLoad({ ...card, models: [] })).toBe('Serves nobody');
  });

  it('has a standing that begins as new', () => {
    expect([-1, 0, 2, 3].map(describeStanding)).toEqual(['Poor', 'New', 'New', 'Good']);
  });

  it('has a round trip in the unit that reads best', () => {
    expect([null, 0.2, 12.4, 1_240].map(formatRoundTrip)).toEqual(['–', '1 ms', '12 ms', '1.2 s']);
  });
});

describe('a model on the mesh', () => {
  it('has its nodes and its speed, where that was measured', () => {
    expect(describeServing(meshModel())).toBe('2 nodes · 41 tokens/s');
    expect(describeServing(meshModel({ providers: 1, decodeTokensPerSecond: 0 }))).toBe('1 node');
  });
});
