import { describe, expect, it } from 'vitest';
import type { AnswerCommitment, JobProof } from '../protocol/chat.ts';
import { address, hex32, toHex } from '../protocol/ids.ts';
import { adoptChat } from './adopt-chat.ts';
import { checkMessage } from './records.ts';
import { conversationOf, messageOf } from './records.fixture.ts';
import type { Message, MessageServedBy } from './schema.ts';

const hash = (byte: number) => hex32(new Uint8Array(32).fill(byte));
const bytes = (length: number) => toHex(new Uint8Array(length).fill(7));
const provider = address(`0x${'ab'.repeat(20)}`);

const proof: JobProof = {
  provider,
  path: 'direct',
  offer: {
    consumer: address(`0x${'cd'.repeat(20)}`),
    provider,
    manifest: hash(1),
    promptHash: hash(2),
    nonce: hash(3),
    temperatureQ: 717,
    topPBps: 9_000,
    topK: 32,
    penaltiesHash: hash(0),
    grammarHash: hash(0),
    maxTokens: 256,
    pricePerToken: '12',
    maxAmount: '3072',
    expiry: 1_800_000_000,
  },
  offerSignature: bytes(64),
  receipt: bytes(243),
  receiptSignature: bytes(64),
};
const servedBy: MessageServedBy = { address: provider, path: 'direct', proof };
const commitment: AnswerCommitment = {
  leafCount: 4,
  root: hash(4),
  seed: hash(5),
  manifest: hash(1),
  promptHash: hash(2),
  outputHash: hash(6),
  params: { temperatureQ: 717, topPBps: 9_000, topK: 32 },
};

describe('who wrote an answer, and what proves it', () => {
  it.each<[string, Partial<Message>]>([
    ['with its proof', { servedBy, commitment }],
    ['in parts, so that nothing proves all of it', { servedBy: { ...servedBy, path: 'relayed', proof: null } }],
    ['before nodes answered one another', { commitment: { leafCount: 4, root: hash(4), seed: hash(5) } }],
  ])('is kept by storage, export and import: %s', (_what, part) => {
    const answer = messageOf('c', 'a1', { parentId: 'u1', ...part });
    expect(checkMessage(answer)).toEqual({ ok: true, value: answer });
    const messages = [messageOf('c', 'u1'), answer];
    const file = JSON.parse(JSON.stringify({ conversation: conversationOf('c'), messages })) as unknown;
    let ids = 0;
    const adopted = adoptChat(file, () => `fresh-${ids++}`);
    if (typeof adopted === 'string') expect.unreachable(adopted);
    expect(adopted.messages.find(({ role }) => role === 'assistant')).toMatchObject(part);
  });

  it('may be absent: this device wrote the others', () => {
    const checked = checkMessage(messageOf('c', 'a1'));
    expect(checked.ok && 'servedBy' in checked.value).toBe(false);
  });

  it.each<[string, object]>([
    ['no address', { address: '0x12' }],
    ['a way that is none', { path: 'tunnel' }],
    ['a receipt that is too short', { proof: { ...proof, receipt: bytes(242) } }],
    ['a signature that is too long', { proof: { ...proof, offerSignature: bytes(65) } }],
    ['an amount that is none', { proof: { ...proof, offer: { ...proof.offer, maxAmount: '-1' } } }],
    ['nothing about a proof', { proof: undefined }],
  ])('is refused with %s', (_what, part) => {
    const bad = { ...servedBy, ...part };
    expect(checkMessage(messageOf('c', 'a1', { servedBy: bad })).ok).toBe(false);
  });

  it('holds nothing else', () => {
    const offer = { ...proof.offer, note: 'x'.repeat(1_000_000) };
    const checked = checkMessage(messageOf('c', 'a1', { servedBy: { ...servedBy, proof: { ...proof, offer } } }));
    expect(checked.ok && checked.value.servedBy?.proof).toEqual(proof);
  });
});
