import { Hono } from 'hono';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { listen } from '../listen.ts';
import type { Listening } from '../listen.ts';
import { createForwardUpgrades } from './forward-upgrades.ts';
import type { ForwardUpgrades, ForwardUpgradesInit } from './forward-upgrades.ts';

/** Stands for libp2p: takes every upgrade and sends back what it gets. */
const upstream = createServer();
const seen: NodeJS.Dict<string | string[]>[] = [];
const upstreamSockets = new Set<Duplex>();
let isSilent = false;
let port: number | null = null;
upstream.on('upgrade', (asked, socket: Duplex) => {
  seen.push(asked.headers);
  upstreamSockets.add(socket);
  socket.on('error', () => undefined).once('close', () => upstreamSockets.delete(socket));
  if (isSilent) return;
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  socket.pipe(socket);
});

let server: Listening;
let upgrades: ForwardUpgrades;
const open: Duplex[] = [];

beforeEach(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  ({ port } = upstream.address() as AddressInfo);
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  upgrades.stop();
  for (const socket of upstreamSockets) socket.destroy();
  await server.close();
  await new Promise((resolve) => upstream.close(resolve));
  seen.length = 0;
  isSilent = false;
});

async function start(init: Partial<ForwardUpgradesInit> = {}) {
  upgrades = createForwardUpgrades(
    { hosts: ['mesh.example.org'], origins: ['https://other.example'], isBehindProxy: false, ...init },
    { port: () => port },
  );
  server = await listen(new Hono(), { host: '127.0.0.1', port: 0, onUpgrade: (...call) => upgrades.handle(...call) });
}

interface Asked {
  readonly status: number | undefined;
  readonly socket: Duplex | null;
}

function ask(path = '/p2p', headers: Record<string, string> = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: server.port,
      path,
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x', ...headers },
    });
    asked.once('upgrade', (answer, socket: Duplex) => {
      open.push(socket);
      socket.on('error', () => undefined);
      resolve({ status: answer.statusCode, socket });
    });
    asked.once('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, socket: null });
    });
    asked.once('error', reject).end();
  });
}

describe('a WebSocket', () => {
  test('reaches libp2p with its bytes, and with no header that is not its handshake’s', async () => {
    await start();
    const { status, socket } = await ask('/p2p', {
      cookie: 'secret',
      authorization: 'secret',
      'x-forwarded-for': '1.2.3.4',
    });
    expect(status).toBe(101);
    const back = new Promise((resolve) => socket?.once('data', (bytes: Buffer) => resolve(bytes.toString())));
    socket?.write('hello');
    expect(await back).toBe('hello');
    expect(seen).toEqual([
      { host: `127.0.0.1:${port}`, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x' },
    ]);
  });

  test.each([
    ['/', {}, 101],
    ['/p2p?x=1', {}, 101],
    ['/p2p', { host: 'mesh.example.org', origin: 'https://mesh.example.org' }, 101],
    ['/p2p', { origin: 'https://other.example' }, 101],
    ['/p2p/', {}, 404],
    ['/rpc', {}, 404],
    ['/p2p', { origin: 'https://evil.example' }, 403],
    ['/p2p', { origin: 'null' }, 403],
    ['/p2p', { host: 'rebound.example', origin: 'http://rebound.example' }, 403],
    ['/p2p', { upgrade: 'h2c' }, 400],
  ])('at %s with %j is answered with %i', async (path, headers: Record<string, string>, status) => {
    await start();
    expect((await ask(path, headers)).status).toBe(status);
    expect(upgrades.refused).toBe(status === 101 ? 0 : 1);
  });

  test('is asked to come again while libp2p is not there', async () => {
    port = null;
    await start();
    expect((await ask()).status).toBe(503);
  });
});

describe('bounds', () => {
  test('give one address its share and free it when a WebSocket ends', async () => {
    await start({ limits: { perAddress: 1 } });
    const { socket } = await ask();
    expect((await ask()).status).toBe(429);
    socket?.destroy();
    await vi.waitFor(async () => expect((await ask()).status).toBe(101));
  });

  test('tell visitors behind a proxy apart', async () => {
    await start({ limits: { perAddress: 1 }, isBehindProxy: true });
    for (const visitor of ['1.2.3.4', '1.2.3.5']) {
      expect((await ask('/p2p', { 'x-forwarded-for': visitor })).status).toBe(101);
    }
    expect((await ask('/p2p', { 'x-forwarded-for': 'claimed, 1.2.3.5' })).status).toBe(429);
  });

  test('hold for all together, and for how fast they come', async () => {
    await start({ limits: { inAll: 1 } });
    expect((await ask()).status).toBe(101);
    expect((await ask()).status).toBe(503);
    upgrades.stop();
    await server.close();
    await start({ limits: { perTenSeconds: 2 } });
    const statuses = [(await ask()).status, (await ask()).status, (await ask()).status];
    expect(statuses).toEqual([101, 101, 429]);
  });

  test('end a WebSocket whose handshake nobody answers, and one on which nothing moves', async () => {
    isSilent = true;
    await start({ limits: { handshakeMs: 50 } });
    await expect(ask()).rejects.toThrow();
    await vi.waitFor(() => expect(upgrades.count).toBe(0));
    await server.close();
    isSilent = false;
    await start({ limits: { idleMs: 50 } });
    const { socket } = await ask();
    await vi.waitFor(() => expect(socket?.closed).toBe(true));
    await vi.waitFor(() => expect(upgrades.count).toBe(0));
  });

  test('keep no bytes for a side that does not read', async () => {
    await start();
    const { socket } = await ask();
    socket?.pause();
    // What comes back is not read, so what is sent is not taken after a while.
    let sent = 0;
    const chunk = Buffer.alloc(65_536);
    while (sent < 256 * 1_048_576 && socket !== null) {
      sent += chunk.length;
      if (!socket.write(chunk) && !(await drains(socket))) break;
    }
    expect(sent).toBeLessThan(64 * 1_048_576);
  });
});

test('a broken request ends its own socket only', async () => {
  await start();
  const broken = connect(server.port, '127.0.0.1');
  broken.on('error', () => undefined);
  broken.write('GET /p2p HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  broken.destroy();
  expect((await ask()).status).toBe(101);
});

/** False: nobody took anything for a while. */
function drains(socket: Duplex): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 500);
    socket.once('drain', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
