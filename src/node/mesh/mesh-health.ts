import type { MeshHealth, MeshState } from './mesh-view.ts';

/** One word for the whole. The best relay counts: one that works is enough. */
export function meshHealth({ relays, nodes }: MeshState): MeshHealth {
  if (relays.length === 0) return 'off';
  const phases = new Set(relays.map(({ phase }) => phase));
  if (phases.has('ready')) return nodes.length === 0 ? 'alone' : 'good';
  // What is connected directly goes on without a relay.
  if (nodes.some(({ path }) => path === 'direct')) return 'relay-lost';
  const isTrying = relays.some(({ phase, error }) => phase !== 'refused' && error === null);
  if (isTrying) return 'connecting';
  return phases.size === 1 && phases.has('refused') ? 'refused' : 'relay-lost';
}
