import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { consumerOfHost } from '../../src/node/gateway/consumer-of-host.ts';
import { createMeshBackend } from '../../src/node/gateway/mesh-backend.ts';
import type { SigningDomain } from '../../src/protocol/eip712/digest.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import type { ApiKeys } from '../members/api-keys.ts';
import type { RelayP2p } from '../p2p/create-relay-p2p.ts';
import type { VisitorAddressInit } from '../visitor-address.ts';
import { createEncodeThread } from './encode-in-thread.ts';
import { createGatewayRoutes } from './gateway-routes.ts';
import { createMemberHost } from './member-host.ts';

export interface OpenGatewayInit extends VisitorAddressInit {
  /** Where members' offers count, see meshDomain. */
  readonly domain: SigningDomain;
}

export interface OpenGatewayDeps {
  /** Of the relay's own key: it is the one who asks. */
  readonly signer: NodeSigner;
  readonly apiKeys: Pick<ApiKeys, 'check' | 'spend'>;
  /** Null before libp2p is up. */
  readonly p2p: () => Pick<RelayP2p, 'cards' | 'members'> | null;
  readonly onError: (error: unknown) => void;
}

export interface RelayGateway {
  readonly routes: Hono<{ Bindings?: HttpBindings }>;
  stop(): Promise<void>;
}

/** Members' tools at the relay: it asks other members for them, on the connections that those have opened. */
export function openGateway({ isBehindProxy, domain }: OpenGatewayInit, deps: OpenGatewayDeps): RelayGateway {
  const thread = createEncodeThread();
  const host = createMemberHost(deps.p2p);
  const consumer = consumerOfHost({ host, signer: deps.signer, domain, encodePrompt: thread.encode });
  const backend = createMeshBackend({ nodes: host.nodes, consumer });
  return {
    routes: createGatewayRoutes({ isBehindProxy }, { keys: deps.apiKeys, backend, onError: deps.onError }),
    stop: () => thread.stop(),
  };
}
