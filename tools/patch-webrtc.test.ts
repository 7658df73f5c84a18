import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { patchInitiateConnection } from './patch-webrtc.ts';

const installed = join(
  dirname(createRequire(import.meta.url).resolve('@libp2p/webrtc')),
  'private-to-private/initiate-connection.js',
);

it('fits the installed library, and leaves nothing that waits for a channel that may be closed', async () => {
  const patched = patchInitiateConnection(await readFile(installed, 'utf8'));
  expect(patched).not.toContain("await pEvent(channel, 'open'");
  expect(patched.indexOf("pEvent(channel, 'close'")).toBeLessThan(patched.indexOf('channel.close();'));
});

it('fails where the library has changed', async () => {
  const source = await readFile(installed, 'utf8');
  expect(() => patchInitiateConnection(source.replace("readyState !== 'open'", "readyState === 'connecting'"))).toThrow(
    'no longer fits',
  );
});
