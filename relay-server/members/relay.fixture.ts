import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { Hono } from 'hono';
import { createRelayClient } from '../../src/mesh/relay-client/relay-client.ts';
import type { RelayClient } from '../../src/mesh/relay-client/relay-client.ts';
import { addressOf } from '../../src/protocol/eip712/address-of.ts';
import { signDigest } from '../../src/protocol/eip712/signature.ts';
import type { CapabilityCard } from '../../src/protocol/mesh/capability-card.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import type { Database } from '../database/database.ts';
import { listen } from '../listen.ts';
import { createApiKeys } from './api-keys.ts';
import type { ApiKeys } from './api-keys.ts';
import { createMemberRoutes } from './member-routes.ts';
import type { MemberRoutesInit } from './member-routes.ts';
import { openMembers } from './members.ts';
import type { Members } from './members.ts';
import type { Policy } from './policy.ts';

/** The time of a test, in seconds, which only the test moves. */
export interface Clock {
  nowS: number;
}

export interface TestRelay {
  readonly url: string;
  readonly members: Members;
  readonly apiKeys: ApiKeys;
  /** What one node asks; its clock may be wrong by some seconds. */
  client(signer: NodeSigner, skewS?: number): RelayClient;
  stop(): Promise<void>;
}

export interface TestRelayInit extends Partial<Pick<MemberRoutesInit, 'origins' | 'limits' | 'iceServers'>> {
  readonly policy: Policy;
  readonly relay: NodeSigner;
  readonly clock: Clock;
  readonly cards?: readonly CapabilityCard[];
}

export const TEST_PEER_ID = '16Uiu2HAm3NPGRyvkXhQvJ3wNoQnPHTwFtSPSK2SCmTGf6UwwrpAr';

export function randomSigner(): NodeSigner {
  const key = secp256k1.utils.randomSecretKey();
  return { address: addressOf(secp256k1.getPublicKey(key)), sign: (digest) => signDigest(digest, key) };
}

/** The routes of members on a real HTTP server over the given database, which stays open. */
export async function startTestRelay(init: TestRelayInit, database: Database): Promise<TestRelay> {
  const { policy, relay, clock, cards = [], origins = [], iceServers = [], limits } = init;
  const nowS = () => clock.nowS;
  const members = await openMembers({ policy }, { database, relay, nowS });
  const apiKeys = createApiKeys({ database, members, nowS });
  const routes = createMemberRoutes(
    { origins, hosts: [], iceServers, isBehindProxy: false, ...(limits === undefined ? {} : { limits }) },
    {
      database,
      members,
      apiKeys,
      relay,
      nowS,
      describe: () => ({
        name: 'Test relay',
        peerId: TEST_PEER_ID,
        multiaddrs: [],
        chain: null,
        software: 'weft/test',
        about: null,
      }),
      cards: () => cards,
      online: () => cards.length,
    },
  );
  const app = new Hono();
  app.route('/', routes);
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const url = new URL(server.url).origin;
  return {
    url,
    members,
    apiKeys,
    client: (signer, skewS = 0) =>
      createRelayClient({ url }, { fetch, signer, nowS: () => clock.nowS + skewS, random: randomBytes }),
    async stop() {
      await members.stop();
      await server.close();
    },
  };
}
