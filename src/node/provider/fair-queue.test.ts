import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue } from './fair-queue.ts';
import type { QueuePlace } from './fair-queue.ts';

const job = (member: string, isWarm = false) => ({ member, isWarm });

/** Lets every place have its turn; returns their names in that order. */
function drain(places: ReadonlyMap<string, QueuePlace>): readonly string[] {
  const names: string[] = [];
  const rest = new Map(places);
  while (rest.size > 0) {
    const [name, place] = [...rest].find(([, { ahead }]) => ahead === 0)!;
    names.push(name);
    rest.delete(name);
    place.leave();
  }
  return names;
}

describe('a fair queue', () => {
  it('lets members take turns, however many jobs one of them has', () => {
    const queue = createFairQueue({ maxWaiting: 8 });
    const places = new Map([
      ['a1', queue.join(job('a'))],
      ['a2', queue.join(job('a'))],
      ['a3', queue.join(job('a'))],
      ['b1', queue.join(job('b'))],
      ['c1', queue.join(job('c'))],
    ]);
    expect(places.get('b1')?.ahead).toBe(1);
    expect(places.get('a2')?.ahead).toBe(3);
    expect(drain(places)).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  it('prefers, of one member’s jobs, the conversation that is in the cache', () => {
    const queue = createFairQueue({ maxWaiting: 8 });
    const places = new Map([
      ['x', queue.join(job('x'))],
      ['cold', queue.join(job('a'))],
      ['warm', queue.join(job('a', true))],
    ]);
    expect(drain(places)).toEqual(['x', 'warm', 'cold']);
  });

  it('refuses what is more than may wait, of all and of one member, and says how many are before it', () => {
    const queue = createFairQueue({ maxWaiting: 1 });
    queue.join(job('a'));
    queue.join(job('b'));
    expect(() => queue.join(job('c'))).toThrow(/2 questions are before/u);
    const wide = createFairQueue({ maxWaiting: 64 });
    for (let count = 0; count < 5; count++) wide.join(job('a'));
    expect(() => wide.join(job('a'))).toThrow(expect.objectContaining({ code: 'infer/busy' }) as Error);
    wide.join(job('b'));
  });

  it('takes a job though nothing may wait, as long as nobody has a turn', () => {
    const queue = createFairQueue({ maxWaiting: 0 });
    const first = queue.join(job('a'));
    expect(() => queue.join(job('b'))).toThrow();
    first.leave();
    expect(queue.join(job('b')).ahead).toBe(0);
  });

  it('tells those that wait when somebody before them leaves', async () => {
    const queue = createFairQueue({ maxWaiting: 8 });
    const first = queue.join(job('a'));
    const second = queue.join(job('b'));
    const moved = second.moved();
    first.leave();
    await moved;
    expect(second.ahead).toBe(0);
  });

  it('never has two turns at once, loses no place, and lets nobody wait while it is idle', () => {
    const step = fc.record({ member: fc.constantFrom('a', 'b', 'c'), isWarm: fc.boolean(), leaves: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = createFairQueue({ maxWaiting: 6 });
        let open: QueuePlace[] = [];
        for (const { leaves, ...one } of steps) {
          try {
            open.push(queue.join(one));
          } catch {
            expect(queue.running).toBe(1);
          }
          const gone = open[leaves];
          if (gone !== undefined) {
            gone.leave();
            gone.leave();
            open = open.filter((place) => place !== gone);
          }
          expect(open.filter(({ ahead }) => ahead === 0)).toHaveLength(open.length === 0 ? 0 : 1);
          expect(queue.running + queue.waiting).toBe(open.length);
          expect(new Set(open.map(({ ahead }) => ahead)).size).toBe(open.length);
        }
      }),
    );
  });
});
