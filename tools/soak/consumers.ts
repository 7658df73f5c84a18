import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createEncodeThread } from '../../relay-server/gateway/encode-in-thread.ts';
import { createRelayClient } from '../../src/mesh/relay-client/relay-client.ts';
import { meshDomain } from '../../src/node/mesh/mesh-domain.ts';
import { addressOf } from '../../src/protocol/eip712/address-of.ts';
import { signDigest } from '../../src/protocol/eip712/signature.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import { openMemberNode } from '../gateway/member-node.ts';
import type { MemberNode } from '../gateway/member-node.ts';

/** What the consumers have met so far. */
export interface SoakCounts {
  readonly asked: number;
  readonly answered: number;
  readonly tokens: number;
  /** How often a question failed, by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Ways to the relay that were lost after they were there, by code. */
  readonly lost: Readonly<Record<string, number>>;
}

/** Members without a model of their own that ask again and again. */
export interface SoakConsumers {
  readonly counts: SoakCounts;
  /** Asks until the signal. */
  askUntil(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

const SEES_MODEL_WITHIN_MS = 30_000;
const ANSWER_WITHIN_MS = 60_000;
const PAUSE_MS = { from: 15_000, to: 45_000 };
const MAX_TOKENS = 24;
const QUESTIONS = ['What is Weft?', 'What is a relay?', 'What is a token?', 'Hello', 'Who answers me?'];

/** `count` nodes, each with a key and a libp2p host of its own, in this process. */
export async function openSoakConsumers(url: string, count: number): Promise<SoakConsumers> {
  const thread = createEncodeThread();
  const members: MemberNode[] = [];
  const failures: Record<string, number> = {};
  const lost: Record<string, number> = {};
  const counts = { asked: 0, answered: 0, tokens: 0, failures, lost };

  const open = async (): Promise<MemberNode> => {
    const { privateKey, signer } = createKey();
    const clientOf = (known: Address | null) =>
      createRelayClient(
        { url, known },
        { fetch, signer, nowS: () => Math.floor(Date.now() / 1_000), random: (length) => randomBytes(length) },
      );
    const info = await clientOf(null).look();
    let wasReady = false;
    const node = await openMemberNode(
      { relay: { url, known: info.address, invite: null }, privateKey, domain: meshDomain(info.chain) },
      {
        signer,
        door: ({ known }) => clientOf(known),
        encodePrompt: thread.encode,
        onLink({ phase, error }) {
          wasReady ||= phase === 'ready';
          if (wasReady && (phase === 'waiting' || phase === 'refused')) bump(lost, error?.code ?? 'none');
        },
      },
    );
    members.push(node);
    const sinceMs = performance.now();
    while (node.backend.models().length === 0) {
      if (performance.now() - sinceMs > SEES_MODEL_WITHIN_MS) throw new Error('A consumer saw nobody who serves.');
      await sleep(100);
    }
    return node;
  };

  /** Throws as the mesh does. */
  const ask = async ({ backend }: MemberNode, question: string): Promise<void> => {
    const model = backend.models()[0];
    if (model === undefined) throw new WeftError('mesh/no-provider', 'Nobody serves a model.');
    const request = {
      turns: [{ role: 'user' as const, content: question }],
      answerPrefix: '',
      sampling: { temperature: 0.7, topP: 0.95, topK: 32, maxTokens: MAX_TOKENS, seed: null, stop: [] },
    };
    let tokens = 0;
    for await (const event of backend.generate(model, request, AbortSignal.timeout(ANSWER_WITHIN_MS))) {
      if (event.type === 'token') tokens++;
      // Nobody stopped it: it ran out of the time it had.
      if (event.type === 'done' && event.reason === 'aborted') throw new Error('It took too long.');
    }
    if (tokens === 0) throw new Error('It was empty.');
    counts.answered++;
    counts.tokens += tokens;
  };

  const loop = async (node: MemberNode, signal: AbortSignal): Promise<void> => {
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
    await pause(Math.random() * PAUSE_MS.to);
    for (let turn = 0; !signal.aborted; turn++) {
      counts.asked++;
      try {
        await ask(node, QUESTIONS[turn % QUESTIONS.length]!);
      } catch (error) {
        bump(failures, error instanceof WeftError ? error.code : String(error));
      }
      await pause(PAUSE_MS.from + Math.random() * (PAUSE_MS.to - PAUSE_MS.from));
    }
  };

  const stop = async () => {
    await Promise.all(members.map((node) => node.stop()));
    await thread.stop();
  };
  try {
    for (let at = 0; at < count; at++) {
      await open();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    counts,
    async askUntil(signal) {
      await Promise.all(members.map((node) => loop(node, signal)));
    },
    stop,
  };
}

function createKey() {
  const privateKey = secp256k1.utils.randomSecretKey();
  const signer: NodeSigner = {
    address: addressOf(secp256k1.getPublicKey(privateKey)),
    sign: (digest) => signDigest(digest, privateKey),
  };
  return { privateKey, signer };
}

function bump(counts: Record<string, number>, code: string): void {
  counts[code] = (counts[code] ?? 0) + 1;
}
