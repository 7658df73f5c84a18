import type { KnownNode } from '../../node/app.ts';

/** Nodes that are drawn; the rest is a number. */
export const MAX_DRAWN = 12;

export const PICTURE = { width: 400, height: 240 } as const;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface DrawnNode extends Point {
  readonly node: KnownNode;
  /** Points of the line to it, from this device; empty where it is not connected. */
  readonly line: readonly Point[];
}

export interface Topology {
  readonly self: Point;
  /** Null where no relay is joined. */
  readonly relay: Point | null;
  readonly nodes: readonly DrawnNode[];
  /** Nodes that found no room. */
  readonly left: number;
}

/** This device at the left, the relay above the middle, others on an arc at the right. */
export function layOut(nodes: readonly KnownNode[], hasRelay: boolean): Topology {
  const self = { x: 60, y: 130 };
  const relay = hasRelay ? { x: 180, y: 42 } : null;
  const shown = nodes.slice(0, MAX_DRAWN);
  const drawn = shown.map((node, index) => {
    const share = shown.length === 1 ? 0.5 : index / (shown.length - 1);
    const angle = (share - 0.5) * Math.PI * Math.min(0.8, 0.2 * shown.length);
    const at = { x: round(180 + 120 * Math.cos(angle)), y: round(130 + 92 * Math.sin(angle)) };
    return { node, ...at, line: lineTo(node, at, self, relay) };
  });
  return { self, relay, nodes: drawn, left: nodes.length - shown.length };
}

function lineTo({ path }: KnownNode, at: Point, self: Point, relay: Point | null): readonly Point[] {
  if (path === null) return [];
  return path === 'direct' || relay === null ? [self, at] : [self, relay, at];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The picture in words. */
export function describeTopology(nodes: readonly KnownNode[], relays: number): string {
  const count = (path: KnownNode['path']) => nodes.filter((node) => node.path === path).length;
  const parts = [
    `You and ${relays === 1 ? 'one relay' : `${relays} relays`}`,
    nodes.length === 1 ? 'one other node' : `${nodes.length} other nodes`,
  ].join(', ');
  return `${parts}: ${count('direct')} direct, ${count('relayed') + count('relay')} through a relay, ${count(null)} not connected.`;
}
