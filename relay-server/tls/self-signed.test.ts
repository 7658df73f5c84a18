import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTls } from './read-tls.ts';
import { fingerprintOf, openSelfSigned } from './self-signed.ts';

let folder: string;
const DAY_MS = 86_400_000;
const at = (ms: number) => ({ nowMs: () => ms });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-tls-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('is taken by a client that trusts it, under each of its names', async () => {
  const made = await openSelfSigned(folder, ['mesh.example.org'], at(Date.now()));
  const server = createServer(made, (_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (servername: string) =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, servername, ca: made.cert }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .once('error', reject)
        .end();
    });
  expect(await ask('mesh.example.org')).toBe(200);
  expect(await ask('localhost')).toBe(200);
  await expect(ask('other.example.org')).rejects.toThrow(/altnames/);
  server.closeAllConnections();
  server.close();
});

test('stays the same until it lacks a name or runs out, and its key is for this user only', async () => {
  const now = Date.now();
  const first = await openSelfSigned(folder, [], at(now));
  expect(await openSelfSigned(folder, [], at(now + 300 * DAY_MS))).toEqual(first);
  expect((await openSelfSigned(folder, [], at(now + 380 * DAY_MS))).cert).not.toBe(first.cert);
  const named = await openSelfSigned(folder, ['mesh.example.org'], at(now));
  expect(new X509Certificate(named.cert).checkHost('mesh.example.org')).toBeDefined();
  expect((await stat(join(folder, 'tls-key.pem'))).mode & 0o777).toBe(0o600);
});

test('is made anew where its file is damaged', async () => {
  await openSelfSigned(folder, [], at(Date.now()));
  await writeFile(join(folder, 'tls-certificate.pem'), '-----BEGIN');
  const again = await openSelfSigned(folder, [], at(Date.now()));
  expect(fingerprintOf(again.cert)).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test('a certificate and a key that do not belong together stop the start', async () => {
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  await openSelfSigned(one, [], at(Date.now()));
  await openSelfSigned(other, [], at(Date.now()));
  const config = { dataFolder: folder, hosts: [] };
  const files = (cert: string, key: string) =>
    readTls({ kind: 'files', certFile: join(cert, 'tls-certificate.pem'), keyFile: join(key, 'tls-key.pem') }, config);
  expect(await files(one, one)).toMatchObject({ fingerprint: null });
  await expect(files(one, other)).rejects.toThrow(/is not the one of the certificate/);
  await expect(files(folder, one)).rejects.toThrow(/--tls-cert cannot be read/);
});
