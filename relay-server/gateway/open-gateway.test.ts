import { Hono } from 'hono';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DOMAIN, requestOf, STATS } from '../../src/mesh/infer/jobs.fixture.ts';
import { listen } from '../listen.ts';
import type { Listening } from '../listen.ts';
import { openMemberNode } from '../../tools/gateway/member-node.ts';
import type { MemberNode } from '../../tools/gateway/member-node.ts';
import { startLoopbackServer } from '../../tools/gateway/loopback-server.ts';
import { createEncodeThread } from './encode-in-thread.ts';
import { openGateway } from './open-gateway.ts';
import type { RelayGateway } from './open-gateway.ts';
import { readGuideKit, startServedMesh, testKey } from './served-mesh.fixture.ts';
import type { ServedMesh, ServingMember } from './served-mesh.fixture.ts';

const LENGTH = 20;
const WRITTEN = Array.from({ length: LENGTH }, (_, at) => ` ${at}`).join('');
const thread = createEncodeThread();
const spent: number[] = [];
let mesh: ServedMesh;
let member: ServingMember;
let gateway: RelayGateway;
let atRelay: Listening;
let node: MemberNode;
let atHome: Listening;

const clientOf = ({ url }: Listening) => new OpenAI({ baseURL: `${url}v1`, apiKey: 'weft_test', maxRetries: 0 });
const question = (content: string) => ({ model: 'weft-guide', messages: [{ role: 'user' as const, content }] });

beforeAll(async () => {
  mesh = await startServedMesh();
  member = await mesh.openMember(LENGTH);
  gateway = openGateway(
    { isBehindProxy: false, domain: DOMAIN },
    {
      signer: mesh.relay,
      p2p: () => mesh.p2p,
      apiKeys: {
        check: () => Promise.resolve({ id: 'k', member: mesh.relay.address, tokensLeft: null }),
        spend: (_id, tokens) => Promise.resolve(void spent.push(tokens)),
      },
      onError: (error) => console.error(error),
    },
  );
  const app = new Hono();
  app.route('/', gateway.routes);
  atRelay = await listen(app, { host: '127.0.0.1', port: 0 });
  const { privateKey, signer } = testKey();
  node = await openMemberNode(
    { relay: { url: mesh.url, known: null, invite: null }, privateKey, domain: DOMAIN },
    { signer, door: () => mesh.door(signer.address), encodePrompt: thread.encode, onLink: () => undefined },
  );
  atHome = await startLoopbackServer(
    { port: 0, key: null },
    { backend: node.backend, onError: (error) => console.error(error) },
  );
  await vi.waitFor(
    () => {
      expect(mesh.p2p.cards().some(({ models }) => models.length > 0)).toBe(true);
      expect(node.backend.models()).toHaveLength(2);
    },
    { timeout: 20_000 },
  );
}, 60_000);
afterAll(async () => {
  await Promise.all([atRelay.close(), atHome.close()]);
  await gateway.stop();
  await thread.stop();
  await node.stop();
  await member.stop();
  await mesh.stop();
});

describe.each([
  ['the relay’s door', () => atRelay],
  ['a member’s own door', () => atHome],
])('an answer of another member, at %s', (_door, open) => {
  test('is listed, written and counted', async () => {
    const client = clientOf(open());
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids.sort()).toEqual(['arrows', 'weft-guide']);
    const answer = await client.chat.completions.create(question('Hello'));
    expect(answer.choices[0]?.message.content).toBe(WRITTEN);
    expect(answer.usage?.completion_tokens).toBe(LENGTH);
    // Counted here: the member says another number.
    const { promptTokens } = await thread.encode({ ...(await readGuideKit()), request: requestOf('Hello', 1) }, {});
    expect(answer.usage?.prompt_tokens).toBe(promptTokens);
    expect(promptTokens).not.toBe(STATS.promptTokens);
  });

  test('streams', async () => {
    const stream = await clientOf(open()).chat.completions.create({ ...question('Hello'), stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    expect(text).toBe(WRITTEN);
  });

  test('comes as vectors', async () => {
    const { data } = await clientOf(open()).embeddings.create({ model: 'arrows', input: ['one', 'three'] });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [3, 0.5],
      [5, 0.5],
    ]);
  });

  test('ends at its provider when the client goes', async () => {
    const before = member.long.log.length;
    const stream = await clientOf(open()).chat.completions.create({ ...question('long'), stream: true });
    let seen = 0;
    for await (const _ of stream) if (++seen === 5) break;
    await expect.poll(() => member.long.log.slice(before)).toEqual(['begin', 'stopped']);
  });
});
