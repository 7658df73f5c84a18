import { createMeshHost } from '../../src/mesh/host/create-mesh-host.ts';
import type { MeshState, RelayLink } from '../../src/mesh/host/mesh-host.ts';
import type { RelayDoor, RelayToJoin } from '../../src/mesh/host/supervise-relay.ts';
import { consumerOfHost } from '../../src/node/gateway/consumer-of-host.ts';
import { createMeshBackend } from '../../src/node/gateway/mesh-backend.ts';
import { SOFTWARE_VERSION } from '../../src/node/software-version.ts';
import type { EncodePrompt } from '../../src/node/consumer/mesh/write-offer.ts';
import type { OpenAiBackend } from '../../src/openai/backend.ts';
import type { SigningDomain } from '../../src/protocol/eip712/digest.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';

export interface MemberNodeInit {
  readonly relay: RelayToJoin;
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** Where offers count among the relay's members. */
  readonly domain: SigningDomain;
}

export interface MemberNodeDeps {
  /** Of the same key. */
  readonly signer: NodeSigner;
  readonly door: (relay: RelayToJoin) => RelayDoor;
  readonly encodePrompt: EncodePrompt;
  /** Told when the way to the relay changes. */
  readonly onLink: (link: RelayLink) => void;
}

export interface MemberNode {
  readonly backend: OpenAiBackend;
  stop(): Promise<void>;
}

/**
 * A member of a relay that asks and serves nothing. It reaches others through the relay, which passes on what it cannot
 * read: connections are encrypted from end to end.
 */
export async function openMemberNode(init: MemberNodeInit, deps: MemberNodeDeps): Promise<MemberNode> {
  const { signer } = deps;
  const host = await createMeshHost(
    { privateKey: init.privateKey, software: SOFTWARE_VERSION, webRtc: false },
    {
      signer,
      door: deps.door,
      // There is no WebRTC here to guard, and no page around.
      guardIce: () => () => undefined,
      watchLifecycle: () => () => undefined,
      nowMs: Date.now,
      random: Math.random,
    },
  );
  let told: string | null = null;
  host.subscribe(({ relays: [link] }: MeshState) => {
    const now = link === undefined ? null : `${link.phase} ${link.error?.code ?? ''}`;
    if (link === undefined || now === told) return;
    told = now;
    deps.onLink(link);
  });
  host.join(init.relay);
  const consumer = consumerOfHost({
    host: {
      nodes: () => host.state.nodes,
      onNodes: (listener) => host.subscribe(listener),
      openStream: (...args) => host.openStream(...args),
      report: (...args) => host.report(...args),
      praise: (...args) => host.praise(...args),
    },
    signer,
    domain: init.domain,
    encodePrompt: deps.encodePrompt,
  });
  return {
    backend: createMeshBackend({ nodes: () => host.state.nodes, consumer }),
    stop: () => host.stop(),
  };
}
