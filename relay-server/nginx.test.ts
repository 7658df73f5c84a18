import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { multiaddr } from '@multiformats/multiaddr';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { reserveAt, startTestNode } from './p2p/relay-client.fixture.ts';
import type { TestNode } from './p2p/relay-client.fixture.ts';
import { freePort, relayClientOf, startRelayProcess } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';
import { openSelfSigned } from './tls/self-signed.ts';

const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((path) => spawnSync(path, ['-v']).status === 0);

let folder: string;
let relay: RelayProcess;
let proxy: ChildProcess;
let url: string;
let port: number;
const nodes: TestNode[] = [];

/** The configuration of docs/hosting.md, word by word but for what differs from machine to machine. */
async function documentedServer(certificate: string, key: string): Promise<string> {
  const text = await readFile(new URL('../docs/hosting.md', import.meta.url), 'utf8');
  const block = /```nginx\n([^`]+)```/.exec(text)?.[1] ?? '';
  const replacements: readonly (readonly [string, string])[] = [
    ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
    ['/etc/letsencrypt/live/mesh.example.org/fullchain.pem', certificate],
    ['/etc/letsencrypt/live/mesh.example.org/privkey.pem', key],
    ['http://127.0.0.1:8080', `http://127.0.0.1:${relay.port}`],
  ];
  return replacements.reduce((left, [documented, here]) => {
    expect(left).toContain(documented);
    return left.replace(documented, here);
  }, block);
}

// A proxy cannot come with npm: who has none is told by name what was not tested, and .ci/run installs it.
describe.skipIf(NGINX === undefined)(
  'behind nginx as docs/hosting.md sets it up (skipped where none is installed)',
  () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'weft-nginx-'));
      const tls = join(folder, 'tls');
      const { cert } = await openSelfSigned(tls, ['mesh.example.org'], { nowMs: Date.now });
      setDefaultCACertificates([...getCACertificates('default'), cert]);
      relay = await startRelayProcess({
        WEFT_DATA_DIR: join(folder, 'data'),
        WEFT_BEHIND_PROXY: 'yes',
        WEFT_HOSTS: 'mesh.example.org',
        WEFT_ADMISSION: 'open',
      });
      port = await freePort();
      url = `https://localhost:${port}/`;
      await mkdir(join(folder, 'temp'));
      const server = await documentedServer(join(tls, 'tls-certificate.pem'), join(tls, 'tls-key.pem'));
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${join(folder, 'temp', kind)};`,
      );
      const config = join(folder, 'nginx.conf');
      await writeFile(
        config,
        `daemon off;\nmaster_process off;\npid ${join(folder, 'pid')};\nerror_log stderr;\nevents {}\n` +
          `http {\naccess_log off;\n${temporary.join('\n')}\n${server}}\n`,
      );
      proxy = spawn(NGINX ?? '', ['-e', 'stderr', '-p', folder, '-c', config], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      await vi.waitFor(() => reaches(port), { timeout: 10_000, interval: 50 });
    }, 60_000);

    afterAll(async () => {
      await Promise.all(nodes.map(async ({ libp2p }) => libp2p.stop()));
      const ended = once(proxy, 'exit');
      proxy.kill('SIGTERM');
      await ended;
      await relay.stop();
      await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 });
    });

    test('the relay’s headers arrive as it sent them', async () => {
      const direct = await fetch(new URL('healthz', relay.url));
      const through = await fetch(new URL('healthz', url));
      for (const name of [
        'content-security-policy',
        'cache-control',
        'cross-origin-opener-policy',
        'referrer-policy',
      ]) {
        expect(through.headers.get(name)).toBe(direct.headers.get(name));
        expect(through.headers.get(name)).not.toBeNull();
      }
    });

    test('a node joins and gets a place over TLS and WSS', async () => {
      const node = await startTestNode();
      nodes.push(node);
      const client = relayClientOf(node.signer, url);
      const { peerId } = await client.look();
      await client.session(null);
      const { connection } = await reserveAt(node.libp2p, multiaddr(`/dns4/localhost/tcp/${port}/tls/ws`));
      expect(connection.remotePeer.toString()).toBe(peerId);
      expect((await client.status()).online).toBe(1);
    });

    test('a WebSocket of a page elsewhere is refused, and one of its own page is not', async () => {
      expect(await handshake(`https://localhost:${port}`)).toMatch(/^HTTP\/1\.1 101 /);
      expect(await handshake('https://evil.example')).toMatch(/^HTTP\/1\.1 403 /);
    });

    test('what the server says to its operator is not for whoever comes through the proxy', async () => {
      expect((await fetch(new URL('metrics', url))).status).toBe(404);
      expect((await fetch(new URL('metrics', relay.url))).status).toBe(404);
    });
  },
);

/** The first line of the answer to a handshake, which no browser lets a page send with another origin. */
function handshake(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost' }, () => {
      const headers = [
        'GET /p2p HTTP/1.1',
        `Host: localhost:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        `Origin: ${origin}`,
      ];
      socket.write(`${headers.join('\r\n')}\r\n\r\n`);
    });
    socket.once('data', (bytes: Buffer) => {
      socket.destroy();
      resolve(bytes.toString());
    });
    socket.once('error', reject);
  });
}

function reaches(at: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(at, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
