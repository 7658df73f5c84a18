import { describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import type { RelayLink, RelayPhase } from '../../mesh/host/mesh-host.ts';
import { meshHealth } from './mesh-health.ts';
import { knownNode } from './known-node.fixture.ts';

const relay = (phase: RelayPhase, hasFailed = false): RelayLink => ({
  url: 'https://relay.example.org',
  phase,
  info: null,
  role: null,
  error: hasFailed ? new WeftError('mesh/relay-unreachable', 'The relay does not answer.').toWire() : null,
  retryAtMs: null,
});

describe('one word for the mesh', () => {
  it('is off where no relay was joined', () => {
    expect(meshHealth({ relays: [], nodes: [] })).toBe('off');
  });

  it('is good with one relay that works, whatever the others do, once somebody else is there', () => {
    const relays = [relay('refused', true), relay('ready')];
    expect(meshHealth({ relays, nodes: [] })).toBe('alone');
    expect(meshHealth({ relays, nodes: [knownNode()] })).toBe('good');
  });

  it('tells the first try from a relay that was lost', () => {
    expect(meshHealth({ relays: [relay('dialling')], nodes: [] })).toBe('connecting');
    expect(meshHealth({ relays: [relay('waiting', true)], nodes: [] })).toBe('relay-lost');
  });

  it('says that the relay is lost while nodes are still connected directly', () => {
    expect(meshHealth({ relays: [relay('dialling')], nodes: [knownNode({ path: 'direct' })] })).toBe('relay-lost');
  });

  it('says refused where every relay does not let this node in', () => {
    expect(meshHealth({ relays: [relay('refused', true)], nodes: [] })).toBe('refused');
  });
});
