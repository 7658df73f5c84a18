import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressOfPeer } from '../../src/mesh/host/peer-address.ts';
import { openRelayKey, RELAY_KEY_FILE } from './relay-key.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'weft-key-')), 'data');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

test('is the same key after a restart, readable by its user only', async () => {
  const first = await openRelayKey(folder);
  const second = await openRelayKey(folder);
  expect(second.peerId).toBe(first.peerId);
  expect(addressOfPeer(first.peerId)).toBe(first.signer.address);
  expect((await stat(join(folder, RELAY_KEY_FILE))).mode & 0o777).toBe(0o600);
});

test('is made once by processes that start at the same time, and nothing else stays in the folder', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => openRelayKey(folder)));
  expect(new Set(keys.map(({ peerId }) => peerId)).size).toBe(1);
  expect(await readdir(folder)).toEqual([RELAY_KEY_FILE]);
});

test('is never replaced where its file is damaged', async () => {
  await openRelayKey(folder);
  await writeFile(join(folder, RELAY_KEY_FILE), '0x12');
  await expect(openRelayKey(folder)).rejects.toThrow(/relay-key holds no key/);
  await writeFile(join(folder, RELAY_KEY_FILE), `0x${'00'.repeat(32)}`);
  await expect(openRelayKey(folder)).rejects.toThrow(/relay-key holds no key/);
});
