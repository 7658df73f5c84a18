import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../protocol/cbor.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { hex32 } from '../../protocol/ids.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { TOKENIZER_PROTOCOL } from '../../protocol/mesh/constants.ts';
import { manifestDigests, modelManifest } from '../../protocol/model-manifest/model-manifest.ts';
import type { ModelParts } from '../../protocol/model-manifest/model-manifest.ts';
import type { TokenizerKit } from '../../protocol/model-manifest/tokenizer-kit.ts';
import type { MeshStream } from '../host/mesh-host.ts';
import { createTestHost, testSigner } from '../talk/mesh-pair.fixture.ts';
import type { TestHost } from '../talk/mesh-pair.fixture.ts';
import { fetchTokenizerKit } from './client.ts';
import { packKit } from './pack.ts';
import { serveTokenizer } from './server.ts';

const text = (value: string) => new TextEncoder().encode(value);
const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted }) as Error;
const consumer = testSigner(1).peer;
const provider = testSigner(2).peer;

/** Some megabytes that do not pack well: many parts. */
const tokenizer = text(
  Array.from({ length: 120_000 }, (_, at) => ((at * 2_654_435_761) % 4_294_967_296).toString(36)).join('"'),
);
const parts: ModelParts = {
  tensorIndex: { sizeBytes: 1, sha256: new Uint8Array(32) },
  weights: [],
  tokenizer: { sizeBytes: tokenizer.length, sha256: sha256(tokenizer) },
  chatConfig: { quantization: 'q4f16_1', model_type: 'llama', model_config: { layers: 2 }, conv_template: { a: 'b' } },
};
const manifest = modelManifest(parts);
const kit: TokenizerKit = {
  tokenizer,
  chatConfig: text(JSON.stringify(parts.chatConfig)),
  digests: manifestDigests(parts),
};
/** Comparing a million numbers one by one takes a runner seconds. */
const hashOf = (one: TokenizerKit) => [one.tokenizer, one.chatConfig, one.digests].map((bytes) => hex32(sha256(bytes)));
const other = hex32(new Uint8Array(32));

function hostPair() {
  const hosts: TestHost[] = [];
  hosts.push(
    createTestHost(consumer, () => hosts),
    createTestHost(provider, () => hosts),
  );
  return { asking: hosts[0]!, answering: hosts[1]! };
}

const fetchFrom = (host: TestHost, wanted: Hex32 = manifest, signal?: AbortSignal) =>
  fetchTokenizerKit({ host, peerId: provider.peerId, manifest: wanted, ...(signal && { signal }) });

describe('a tokenizer from another node', () => {
  it('arrives in parts and is that of the model', async () => {
    const { asking, answering } = hostPair();
    await serveTokenizer({ host: answering, kitOf: (wanted) => Promise.resolve(wanted === manifest ? kit : null) });
    const [first, second] = [await fetchFrom(asking), await fetchFrom(asking)];
    expect([hashOf(first), hashOf(second)]).toEqual([hashOf(kit), hashOf(kit)]);
    await expect(fetchFrom(asking, other)).rejects.toEqual(code('infer/model-not-here'));
    expect([asking.reports, answering.reports]).toEqual([[], []]);
  });

  it('is refused where it is another one, and who sent it loses standing', async () => {
    const { asking, answering } = hostPair();
    await serveTokenizer({ host: answering, kitOf: () => Promise.resolve({ ...kit, tokenizer: text('{}') }) });
    await expect(fetchFrom(asking)).rejects.toEqual(code('model/altered'));
    expect(asking.reports).toEqual([{ peerId: provider.peerId, offence: 'lied' }]);
  });

  it('is not waited for any more after an abort', async () => {
    const { asking, answering } = hostPair();
    await serveTokenizer({ host: answering, kitOf: () => new Promise(() => undefined) });
    const stop = new AbortController();
    const fetching = fetchFrom(asking, manifest, stop.signal);
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 20);
    await expect(fetching).rejects.toBe(reason);
  });

  it('is not waited for without end from a node that only says it is there', async () => {
    const { asking, answering } = hostPair();
    await serveTokenizer({ host: answering, kitOf: () => new Promise(() => undefined) });
    const fetching = fetchTokenizerKit({ host: asking, peerId: provider.peerId, manifest, withinMs: 50 });
    await expect(fetching).rejects.toEqual(code('mesh/peer-lost'));
    expect(asking.reports).toEqual([{ peerId: provider.peerId, offence: 'broke-off' }]);
  });

  it('is sent to a few at a time', async () => {
    const { asking, answering } = hostPair();
    await serveTokenizer({ host: answering, kitOf: () => new Promise(() => undefined) });
    const stop = new AbortController();
    const waiting = [0, 1].map(() => fetchFrom(asking, manifest, stop.signal).catch(() => 'stopped'));
    await expect(fetchFrom(asking)).rejects.toEqual(code('infer/busy'));
    stop.abort();
    expect(await Promise.all(waiting)).toEqual(['stopped', 'stopped']);
  });
});

describe('a node that sends a tokenizer as it should not', () => {
  const from = async (script: (stream: MeshStream) => Promise<void>) => {
    const { asking, answering } = hostPair();
    await answering.handle(TOKENIZER_PROTOCOL, async (stream) => {
      const wishes = stream.messages[Symbol.asyncIterator]();
      await wishes.next();
      await script(stream);
      await stream.close();
    });
    const error = await fetchFrom(asking).catch((reason: unknown) => reason);
    return { error, reports: asking.reports };
  };
  const sizes = { tokenizerBytes: 100, chatConfigBytes: 100, packedBytes: 100 };
  const head = { t: 'kit', digests: kit.digests, ...sizes };

  it.each<[string, readonly unknown[]]>([
    ['parts before the announcement', [{ t: 'part', at: 0, data: Uint8Array.of(1) }]],
    ['a gap', [head, { t: 'part', at: 5, data: Uint8Array.of(1) }]],
    ['more than it announced', [head, { t: 'part', at: 0, data: new Uint8Array(101) }]],
    ['what is not packed', [head, { t: 'part', at: 0, data: new Uint8Array(100) }]],
    ['two announcements', [head, head]],
    ['another kind of message', [{ t: 'accept' }]],
    ['more than anybody reads', [{ ...head, packedBytes: 1e9 }]],
  ])('sends %s', async (_what, messages) => {
    const { error, reports } = await from(async (stream) => {
      for (const message of messages) await stream.send(encodeCbor(message));
    });
    expect(error).toMatchObject({ code: 'mesh/bad-message' });
    expect(reports).toEqual([{ peerId: provider.peerId, offence: 'bad-message' }]);
  });

  it('packs more into it than it says', async () => {
    const zeros = new Uint8Array(30_000_000);
    const { packed } = await packKit({ ...kit, tokenizer: zeros });
    const { error } = await from(async (stream) => {
      await stream.send(encodeCbor({ ...head, packedBytes: packed.length }));
      for (let at = 0; at < packed.length; at += 32_768) {
        await stream.send(encodeCbor({ t: 'part', at, data: packed.subarray(at, at + 32_768) }));
      }
    });
    expect(error).toMatchObject({ code: 'mesh/bad-message' });
  });

  it('breaks off', async () => {
    const { error } = await from(async (stream) => {
      await stream.send(encodeCbor(head));
      stream.abort();
    });
    expect(error).toMatchObject({ code: 'mesh/peer-lost' });
  });

  it('sends any bytes at all', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.jsonValue().map((json) => encodeCbor(json)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), async (messages) => {
        const { error } = await from(async (stream) => {
          for (const message of messages) await stream.send(Uint8Array.from(message));
        });
        expect(error).toBeInstanceOf(WeftError);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a node that asks for a tokenizer as it should not', () => {
  it.each<[string, unknown]>([
    ['a wish for more', { t: 'more', parts: 1 }],
    ['no message of this kind', { t: 'ask' }],
    ['an endless message', { t: 'want', manifest, more: new Uint8Array(2_000) }],
  ])('begins with %s', async (_what, message) => {
    const { asking, answering } = hostPair();
    await serveTokenizer({ host: answering, kitOf: () => Promise.resolve(kit) });
    const stream = await asking.openStream(provider.peerId, TOKENIZER_PROTOCOL);
    await stream.send(encodeCbor(message));
    await expect.poll(() => answering.reports.length).toBe(1);
    await expect.poll(() => stream.signal.aborted).toBe(true);
  });
});
