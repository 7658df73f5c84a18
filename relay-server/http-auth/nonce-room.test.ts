import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNonceRoom } from './nonce-room.ts';

describe('the room for nonces', () => {
  test('takes each nonce of a key once while it counts, and again afterwards', () => {
    let nowS = 100;
    const room = createNonceRoom({ max: 1_000 }, { nowS: () => nowS });
    expect(room.add('a', '1', 110)).toBe('new');
    expect(room.add('a', '1', 110)).toBe('seen');
    expect(room.add('b', '1', 110)).toBe('new');
    nowS = 110;
    expect(room.add('a', '1', 120)).toBe('new');
    expect(room.add('a', '1', 120)).toBe('seen');
  });

  test('gives one key its share only, and others still find room', () => {
    const room = createNonceRoom({ max: 6_400 }, { nowS: () => 0 });
    let taken = 0;
    while (room.add('greedy', String(taken), 100) === 'new') taken++;
    expect(taken).toBeGreaterThan(50);
    expect(taken).toBeLessThan(110);
    expect(room.add('other', '0', 100)).toBe('new');
  });

  test('lets a newcomer in beside a hundred keys that ask without end', () => {
    const room = createNonceRoom({ max: 6_400 }, { nowS: () => 0 });
    for (let round = 0; round < 200; round++) {
      for (let key = 0; key < 100; key++) room.add(`greedy-${key}`, String(round), 100);
    }
    expect(room.size).toBeLessThan(6_400);
    expect(room.add('newcomer', '0', 100)).toBe('new');
  });

  test('makes room again when what filled it counts no more', () => {
    let nowS = 0;
    const room = createNonceRoom({ max: 64 }, { nowS: () => nowS });
    for (let key = 0; key < 100; key++) room.add(`key-${key}`, '0', 10);
    expect(room.add('late', '0', 10)).toBe('full');
    expect(room.size).toBe(64);
    nowS = 10;
    expect(room.add('late', '0', 20)).toBe('new');
    expect(room.size).toBe(1);
  });

  test('never forgets what still counts and never holds more than its bound', () => {
    const steps = fc.array(
      fc.record({ key: fc.nat(4), nonce: fc.nat(6), lifeS: fc.integer({ min: 1, max: 20 }), waitS: fc.nat(5) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let nowS = 0;
        const room = createNonceRoom({ max: 16 }, { nowS: () => nowS });
        const counting = new Map<string, number>();
        for (const { key, nonce, lifeS, waitS } of all) {
          nowS += waitS;
          const id = `${key}/${nonce}`;
          const outcome = room.add(String(key), String(nonce), nowS + lifeS);
          const isCounting = (counting.get(id) ?? 0) > nowS;
          if (isCounting) expect(outcome).toBe('seen');
          else expect(outcome).not.toBe('seen');
          if (outcome === 'new') counting.set(id, nowS + lifeS);
          expect(room.size).toBeLessThanOrEqual(16);
        }
      }),
    );
  });
});
