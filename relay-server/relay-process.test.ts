import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { multiaddr } from '@multiformats/multiaddr';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { reserveAt, startTestNode } from './p2p/relay-client.fixture.ts';
import type { TestNode } from './p2p/relay-client.fixture.ts';
import { relayClientOf, startRelayProcess } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';

let folder: string;
const started: RelayProcess[] = [];
const nodes: TestNode[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-relay-'));
});
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(nodes.map(async ({ libp2p }) => libp2p.stop()));
  await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<RelayProcess> {
  const relay = await startRelayProcess({ WEFT_DATA_DIR: folder, ...env });
  started.push(relay);
  return relay;
}

async function startNode(): Promise<TestNode> {
  const node = await startTestNode();
  nodes.push(node);
  return node;
}

/** The same node as after a reload of its page. */
async function startSame({ privateKey }: TestNode): Promise<TestNode> {
  const node = await startTestNode(privateKey);
  nodes.push(node);
  return node;
}

const clientOf = ({ signer }: TestNode, { url }: RelayProcess) => relayClientOf(signer, url);
const addressOf = ({ port }: RelayProcess) => multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`);

describe('a relay in a process of its own', () => {
  test('lets a node in, gives it a place over the one port, and is the same relay after a restart', async () => {
    const first = await start();
    const node = await startNode();
    await expect(reserveAt(node.libp2p, addressOf(first))).rejects.toThrow(/PERMISSION_DENIED/);
    const info = await clientOf(node, first).look();
    await clientOf(node, first).session(null);
    const { connection } = await reserveAt(node.libp2p, addressOf(first));
    expect(connection.remotePeer.toString()).toBe(info.peerId);
    const metrics = await (await fetch(new URL('metrics', first.url))).text();
    expect(metrics).toContain('weft_reservations 1');

    expect(await first.stop()).toBe(0);
    await vi.waitFor(() => expect(connection.status).not.toBe('open'), { timeout: 5_000 });
    expect(first.log()).toContain('"msg":"stopped"');
    for (const secret of [node.signer.address, node.libp2p.peerId.toString(), '127.0.0.1']) {
      expect(first.log()).not.toContain(secret);
    }

    const second = await start();
    expect((await clientOf(node, second).look()).peerId).toBe(info.peerId);
    // Its session was kept: nobody has to ask again.
    await reserveAt((await startSame(node)).libp2p, addressOf(second));
    expect(await second.stop()).toBe(0);
  }, 60_000);

  test('that others can reach lets in nobody without an invitation, and has its first admin by a link', async () => {
    const relay = await start({ HOST: '0.0.0.0', WEFT_DATA_DIR: join(folder, 'invite') });
    const [admin, guest, stranger] = [await startNode(), await startNode(), await startNode()];
    const asStranger = clientOf(stranger, relay);
    expect((await asStranger.look()).admission).toBe('invite');
    await expect(asStranger.session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    await expect(reserveAt(stranger.libp2p, addressOf(relay))).rejects.toThrow(/PERMISSION_DENIED/);
    await expect(asStranger.status()).rejects.toMatchObject({ code: 'auth/not-a-member' });
    const tools = await fetch(new URL('v1/models', relay.url), { headers: { authorization: 'Bearer weft_guess' } });
    expect(tools.status).toBe(401);

    const asAdmin = clientOf(admin, relay);
    expect((await asAdmin.session(relay.adminLink.split('/join/')[1] ?? '')).role).toBe('admin');
    const { invite } = await asAdmin.invite({ uses: 1, expiresInS: 600, role: 'member' });
    await clientOf(guest, relay).session(invite);
    await reserveAt(guest.libp2p, addressOf(relay));

    await asAdmin.setBlocked(guest.signer.address, true);
    await vi.waitFor(() => expect(guest.libp2p.getConnections()).toEqual([]), { timeout: 5_000 });
    await expect(clientOf(guest, relay).session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    expect(await relay.stop()).toBe(0);
  }, 60_000);
});
