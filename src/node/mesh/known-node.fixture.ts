import type { KnownNode } from '../../mesh/host/mesh-host.ts';
import { address, hex32 } from '../../protocol/ids.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import type { CardModel } from '../../protocol/mesh/capability-card.ts';

export const TEST_MANIFEST: Hex32 = hex32(`0x${'ab'.repeat(32)}`);

export const cardModel = (part: Partial<CardModel> = {}): CardModel => ({
  id: 'guide',
  title: 'Guide',
  manifest: TEST_MANIFEST,
  quantization: 'q4f16_1',
  parameterCount: 1_000,
  contextLimit: 1_024,
  kind: 'chat',
  vision: false,
  tools: true,
  defaults: { temperature: 0.7, topP: 0.9, topK: 32, maxTokens: 256, seed: null, stop: [] },
  systemPrompt: 'You are a test.',
  decodeTokensPerSecond: 20,
  maxTokens: 2_048,
  pricePerTokenWei: '0',
  ...part,
});

/** A node as another one knows it; `name` tells them apart. */
export function knownNode(
  part: Partial<Pick<KnownNode, 'path' | 'roundTripMs' | 'score'>> & {
    readonly name?: string;
    readonly models?: readonly CardModel[];
    readonly load?: KnownNode['card']['load'];
    readonly isAccepting?: boolean;
  } = {},
): KnownNode {
  const { name = 'a', models = [cardModel()], load = { running: 0, waiting: 0, limit: 8 }, isAccepting = true } = part;
  const peer = {
    peerId: `16Uiu2HA${name.repeat(45).slice(0, 45)}`,
    address: address(`0x${name.charCodeAt(0).toString(16).repeat(20)}`),
  };
  return {
    peer,
    card: {
      version: 1,
      ...peer,
      roles: ['provider'],
      issuedAt: 1_000,
      expiresAt: 1_060,
      models: [...models],
      load,
      isAccepting,
      software: 'weft/0.1.0',
    },
    path: part.path === undefined ? 'direct' : part.path,
    roundTripMs: part.roundTripMs === undefined ? 10 : part.roundTripMs,
    score: part.score ?? 0,
  };
}
