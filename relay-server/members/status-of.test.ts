import { expect, test } from 'vitest';
import * as v from 'valibot';
import { hex32 } from '../../src/protocol/ids.ts';
import type { CapabilityCard, CardModel } from '../../src/protocol/mesh/capability-card.ts';
import { relayStatusSchema } from '../../src/protocol/mesh/relay-info.ts';
import { randomSigner, TEST_PEER_ID } from './relay.fixture.ts';
import { statusOf } from './status-of.ts';

const relay = randomSigner().address;
const model = (seed: number): CardModel => ({
  id: `model-${seed}`,
  title: `Model ${seed}`,
  manifest: hex32(new Uint8Array(32).fill(seed)),
  quantization: 'q4f16_1',
  parameterCount: 1,
  contextLimit: 2_048,
  kind: 'chat',
  vision: false,
  tools: false,
  defaults: { temperature: 1, topP: 1, topK: 32, maxTokens: 512, seed: null, stop: [] },
  systemPrompt: '',
  decodeTokensPerSecond: 0,
  maxTokens: 512,
  pricePerTokenWei: '0',
});
const card = (models: readonly CardModel[], isAccepting = true): CapabilityCard => ({
  version: 1,
  address: randomSigner().address,
  peerId: TEST_PEER_ID,
  roles: ['provider'],
  issuedAt: 0,
  expiresAt: 60,
  models: [...models],
  load: { running: 1, waiting: 2, limit: 4 },
  isAccepting,
  software: 'weft/test',
});

test('a status adds up the nodes of each model and names none of them', () => {
  const cards = [card([model(1), model(2)]), card([model(1)]), card([model(3)], false), card([])];
  const status = statusOf(cards, { relay, online: 4, nowS: 7 });
  expect(v.parse(relayStatusSchema, status)).toEqual(status);
  expect(status).toMatchObject({ online: 4, issuedAt: 7 });
  expect(status.models.map(({ id, providers, running, waiting }) => [id, providers, running, waiting])).toEqual([
    ['model-1', 2, 2, 4],
    ['model-2', 1, 1, 2],
  ]);
  for (const { address } of cards) expect(JSON.stringify(status)).not.toContain(address);
});

test('a status stays within its bound, however many models there are', () => {
  const cards = Array.from({ length: 300 }, (_, at) => {
    const manifest = hex32(
      Uint8Array.from({ length: 32 }, (_byte, index) => (index < 2 ? (at >> (8 * index)) & 255 : 9)),
    );
    return card([{ ...model(1), manifest }]);
  });
  const status = statusOf(cards, { relay, online: 300, nowS: 7 });
  expect(status.models).toHaveLength(256);
  expect(v.is(relayStatusSchema, status)).toBe(true);
});
