import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from './records.fixture.ts';
import type { Message } from './schema.ts';
import { branchTo, createMessageTree, newestLeaf, repairedLeafId, subtree } from './tree.ts';

/** u1 → a1 → u2 → a2, with a1b beside a1, and u2b → a2b beside u2. */
const messages = [
  messageOf('c', 'u1', { createdAtMs: 1 }),
  messageOf('c', 'a1', { parentId: 'u1', createdAtMs: 2 }),
  messageOf('c', 'u2', { parentId: 'a1', createdAtMs: 3 }),
  messageOf('c', 'a2', { parentId: 'u2', createdAtMs: 4 }),
  messageOf('c', 'a1b', { parentId: 'u1', createdAtMs: 5 }),
  messageOf('c', 'u2b', { parentId: 'a1', createdAtMs: 6 }),
  messageOf('c', 'a2b', { parentId: 'u2b', createdAtMs: 7 }),
];
const ids = (list: readonly Message[]) => list.map(({ id }) => id);

describe('a message tree', () => {
  const tree = createMessageTree([...messages].reverse());

  it('gives the branch that ends at a message', () => {
    expect(ids(branchTo(tree, 'a2'))).toEqual(['u1', 'a1', 'u2', 'a2']);
    expect(ids(branchTo(tree, 'a1b'))).toEqual(['u1', 'a1b']);
  });

  it('gives alternatives oldest first', () => {
    expect(ids(tree.children('u1'))).toEqual(['a1', 'a1b']);
    expect(ids(tree.children(null))).toEqual(['u1']);
  });

  it('follows the newest messages to an end', () => {
    expect(newestLeaf(tree, 'a1')?.id).toBe('a2b');
    expect(newestLeaf(tree, null)?.id).toBe('a1b');
    expect(newestLeaf(createMessageTree([]), null)).toBeUndefined();
  });

  it('shows the newest branch where the end is lost', () => {
    expect(ids(branchTo(tree, 'gone'))).toEqual(['u1', 'a1b']);
    expect(repairedLeafId(messages, 'gone')).toBe('a1b');
    expect(repairedLeafId(messages, 'a2')).toBe('a2');
    expect(repairedLeafId([], 'gone')).toBeNull();
  });

  it('lets what follows a lost message begin a branch', () => {
    const holed = createMessageTree(messages.filter(({ id }) => id !== 'a1'));
    expect(ids(holed.children(null))).toEqual(['u1', 'u2', 'u2b']);
    expect(ids(branchTo(holed, 'a2'))).toEqual(['u2', 'a2']);
  });

  it('finds everything below a message', () => {
    expect(ids(subtree(tree, 'a1')).sort()).toEqual(['a1', 'a2', 'a2b', 'u2', 'u2b']);
    expect(subtree(tree, 'gone')).toEqual([]);
  });

  it('ends for any records, cycles included', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'gone');
    const record = fc.record({ id, parentId: fc.option(id), createdAtMs: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.option(id), (records, leafId) => {
        const any = createMessageTree(records.map((one) => messageOf('c', one.id, one)));
        const branch = branchTo(any, leafId);
        expect(new Set(ids(branch)).size).toBe(branch.length);
        if (leafId !== null && any.byId.has(leafId)) expect(branch.at(-1)?.id).toBe(leafId);
        for (const start of any.byId.keys()) {
          const below = ids(subtree(any, start));
          expect(new Set(below).size).toBe(below.length);
          expect(newestLeaf(any, start)).toBeDefined();
        }
      }),
    );
  });
});
