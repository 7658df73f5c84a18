import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const shipped = 'src/protocol/par1/par1.vectors.json';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-vectors-'));
});
afterAll(() => rm(folder, { recursive: true }));

function run(...args: string[]) {
  const { status, stdout } = spawnSync(process.execPath, ['tools/vectors.ts', ...args], { encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n') };
}

describe('npm run vectors', () => {
  it.each([shipped, 'contracts/test/vectors/par1.json', 'src/protocol/quorum/quorum.vectors.json'])(
    'ends with the totals and 0 where all values agree: %s',
    (path) => {
      expect(run(path)).toEqual({ status: 0, lines: [expect.stringMatching(/^\d{3,} passed, 0 failed$/)] });
    },
  );

  it('prints where a value differs and ends with 1', async () => {
    const path = join(folder, 'changed.json');
    const { default: file } = await import('../../src/protocol/par1/par1.vectors.json', { with: { type: 'json' } });
    await writeFile(path, JSON.stringify({ ...file, gumbelTable: { ...file.gumbelTable, middle: 376 } }));
    const { status, lines } = run(path);
    expect(status).toBe(1);
    expect(lines[0]).toBe('gumbelTable.middle: expected 376, got 375');
    expect(lines[1]).toBe('gumbelTable.middle (Solidity): expected 376, got 375');
    expect(lines[2]).toMatch(/^\d{3,} passed, 2 failed$/);
  });

  it.each<[string, string | null]>([
    ['missing.json', null],
    ['empty.json', ''],
    ['text.json', 'not JSON'],
    ['nothing.json', '{}'],
    ['list.json', '[]'],
  ])('ends with 1 for %s', async (name, content) => {
    const path = join(folder, name);
    if (content !== null) await writeFile(path, content);
    const { status, lines } = run(path);
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
  });

  it('ends with 1 without a file', () => {
    expect(run()).toMatchObject({ status: 1 });
  });
});
