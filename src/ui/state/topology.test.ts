import { describe, expect, it } from 'vitest';
import { knownNode } from '../mesh.fixture.ts';
import { describeTopology, layOut, MAX_DRAWN, PICTURE } from './topology.ts';

const many = (count: number) => Array.from({ length: count }, (_, n) => knownNode(n));

describe('layOut', () => {
  it.each([0, 1, 2, 5, MAX_DRAWN, MAX_DRAWN + 30])('keeps %i nodes apart and inside the picture', (count) => {
    const { nodes, left } = layOut(many(count), true);
    expect(nodes).toHaveLength(Math.min(count, MAX_DRAWN));
    expect(left).toBe(Math.max(0, count - MAX_DRAWN));
    for (const { x, y } of nodes) {
      expect(x).toBeGreaterThan(100);
      expect(x).toBeLessThan(PICTURE.width - 20);
      expect(y).toBeGreaterThan(20);
      expect(y).toBeLessThan(PICTURE.height - 10);
    }
    for (let index = 1; index < nodes.length; index++) {
      const [a, b] = [nodes[index - 1]!, nodes[index]!];
      expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(16);
    }
  });

  it('leads a line to each node the way its messages go', () => {
    const [direct, relayed, gone] = layOut(
      [knownNode(1), knownNode(2, { path: 'relayed' }), knownNode(3, { path: null })],
      true,
    ).nodes;
    expect(direct!.line).toHaveLength(2);
    expect(relayed!.line).toHaveLength(3);
    expect(gone!.line).toEqual([]);
  });
});

describe('describeTopology', () => {
  it('says what the picture shows', () => {
    expect(describeTopology([knownNode(1), knownNode(2, { path: 'relayed' })], 1)).toBe(
      'You and one relay, 2 other nodes: 1 direct, 1 through a relay, 0 not connected.',
    );
  });
});
