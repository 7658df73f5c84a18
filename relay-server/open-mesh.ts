import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { meshDomain } from '../src/node/mesh/mesh-domain.ts';
import { joinLink } from '../src/node/mesh/join-link.ts';
import type { RelayChain } from './chain/open-chain.ts';
import type { RelayConfig } from './config.ts';
import { openDatabase } from './database/open-database.ts';
import { openGateway } from './gateway/open-gateway.ts';
import type { SignedEnv } from './http-auth/require-signature.ts';
import type { Log } from './log.ts';
import { createApiKeys } from './members/api-keys.ts';
import { createPolicy } from './members/create-policy.ts';
import { createMemberRoutes } from './members/member-routes.ts';
import { openMembers } from './members/members.ts';
import type { RelayP2p, RelayP2pCounts } from './p2p/create-relay-p2p.ts';
import { openRelayKey } from './p2p/relay-key.ts';

/** What makes a server the relay of a mesh: its key, its members, and libp2p. */
export interface RelayMesh {
  readonly routes: Hono<SignedEnv>;
  /** The endpoint for members' tools. */
  readonly gateway: Hono<{ Bindings?: HttpBindings }>;
  /** Where libp2p's WebSocket listens on loopback; null before {@link start}. */
  readonly port: () => number | null;
  /** Starts libp2p, which takes a moment to load: the page is served before. */
  start(): Promise<void>;
  /** A link that makes whoever opens it first the relay's admin; null where there is one. */
  adminLink(origin: string): Promise<string | null>;
  counts(): RelayP2pCounts;
  /** Lets nobody in any more and resolves when what is relayed has ended, or at the signal. */
  drain(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface OpenMeshInit {
  readonly config: RelayConfig;
  readonly version: string;
}

export interface OpenMeshDeps {
  readonly chain: Pick<RelayChain, 'site' | 'client'> | null;
  readonly log: Log;
}

const NOBODY: RelayP2pCounts = { connections: 0, members: 0, reservations: 0, circuits: 0, cards: 0, offences: 0 };

/** Opens the key, the database and the list of members. Throws an Error that says what to do. */
export async function openMesh({ config, version }: OpenMeshInit, { chain, log }: OpenMeshDeps): Promise<RelayMesh> {
  const { dataFolder, isBehindProxy, hosts, mesh } = config;
  const nowS = () => Math.floor(Date.now() / 1_000);
  const policy = createPolicy(mesh, {
    chain: chain === null ? null : { client: chain.client, contracts: chain.site.contracts },
    nowS,
  });
  const key = await openRelayKey(dataFolder);
  const database = await openDatabase({ dataFolder, databaseUrl: mesh.databaseUrl }, { nowS });
  const relay = key.signer;
  const members = await openMembers({ policy }, { database, relay, nowS }).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const apiKeys = createApiKeys({ database, members, nowS });
  let p2p: RelayP2p | null = null;
  const ownChain = chain === null ? null : { chainId: chain.site.chainId, settlement: chain.site.contracts.settlement };
  const gateway = openGateway(
    { isBehindProxy, domain: meshDomain(ownChain) },
    {
      signer: relay,
      apiKeys,
      p2p: () => p2p,
      onError: (error) => log.error('the gateway failed', { message: String(error) }),
    },
  );
  const counts = () => p2p?.counts() ?? NOBODY;
  const routes = createMemberRoutes(
    { isBehindProxy, hosts, origins: mesh.relays, iceServers: mesh.iceServers },
    {
      database,
      members,
      apiKeys,
      relay,
      nowS,
      describe: () => ({
        name: mesh.name,
        peerId: key.peerId,
        // At its path of this origin, by whatever name and scheme the page reached it.
        multiaddrs: [],
        chain: ownChain,
        software: `weft/${version}`,
        about: mesh.about,
      }),
      cards: () => p2p?.cards() ?? [],
      online: () => counts().members,
    },
  );
  return {
    routes,
    gateway: gateway.routes,
    port: () => p2p?.port ?? null,
    async start() {
      const { createRelayP2p } = await import('./p2p/create-relay-p2p.ts');
      const { privateKey } = key;
      p2p = await createRelayP2p({ privateKey, version }, { admission: members, nowMs: Date.now });
      log.info('libp2p is ready');
    },
    async adminLink(origin) {
      const invite = await members.firstAdminInvite();
      return invite === null ? null : joinLink({ url: origin, invite });
    },
    counts,
    async drain(signal) {
      await p2p?.drain(signal);
    },
    async stop() {
      await gateway.stop();
      await p2p?.stop();
      await members.stop();
      await database.close();
    },
  };
}
