import { describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { checkAppends } from './check-appends.ts';
import { createForwardPass, logitsOf, VOCAB } from './forward-pass.fixture.ts';
import type { ForwardPassFaults } from './forward-pass.fixture.ts';
import { createWebLlmSequence } from './webllm-sequence.ts';

function setUp(faults: ForwardPassFaults = {}) {
  const fake = createForwardPass(faults);
  const sequence = createWebLlmSequence({
    pass: fake.pass,
    contextLimit: 32,
    vocabSize: VOCAB,
    see: fake.see,
    explain: (error) => WeftError.from(error, 'engine/device-lost'),
  });
  return { ...fake, sequence };
}

const text = (length: number) => Uint32Array.from({ length }, (_, at) => (5 * at + 2) % VOCAB);

const ARITHMETIC = { runtime: 'webllm', quantization: 'q4f16_1', layerCount: 4 } as const;

describe('a sequence over WebLLM', () => {
  it('reads a text in chunks and says how far it is', async () => {
    const { sequence, calls } = setUp();
    const seen: number[] = [];
    const logits = await sequence.append(text(20), { onProgress: (done) => seen.push(done) });
    expect(calls).toEqual(['8 at 0', '8 at 8', '4 at 16']);
    expect(seen).toEqual([8, 16, 20]);
    expect(logits).toEqual(logitsOf([...text(20)]));
  });

  it('stops between chunks and keeps what it has read', async () => {
    const { sequence } = setUp();
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    await expect(sequence.append(text(20), { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(sequence.keep(text(20))).toBe(8);
  });

  it('keeps a common beginning and drops the rest', async () => {
    const { sequence, calls } = setUp();
    await sequence.append(text(6), {});
    const other = Uint32Array.from([...text(4), 60, 61]);
    expect(sequence.keep(other)).toBe(4);
    expect(calls.at(-1)).toBe('drop 2');
    expect(await sequence.append(other.subarray(4), {})).toEqual(logitsOf([...other]));
  });

  it('computes the last id of a known text again', async () => {
    const { sequence } = setUp();
    await sequence.append(text(6), {});
    expect(sequence.keep(text(6))).toBe(5);
  });

  it('begins anew where nothing can be dropped, is common, or is trusted', async () => {
    const unable = setUp({ cannotDrop: true });
    await unable.sequence.append(text(6), {});
    expect(unable.sequence.keep(text(4))).toBe(0);
    expect(unable.calls.at(-1)).toBe('reset');

    const { sequence, calls } = setUp();
    await sequence.append(text(6), {});
    sequence.distrust();
    expect(sequence.keep(text(9))).toBe(0);
    expect(calls.at(-1)).toBe('reset');
  });

  it('never calls while a call is under way', async () => {
    const { sequence } = setUp();
    await sequence.append(text(3), {});
    const [, second] = await Promise.all([sequence.next(9), sequence.next(10)]);
    expect(second).toEqual(logitsOf([...text(3), 9, 10]));
  });

  it('trusts nothing after a failure', async () => {
    const { sequence, fix } = setUp({ throws: true });
    await expect(sequence.append(text(3), {})).rejects.toMatchObject({ code: 'engine/device-lost' });
    fix();
    expect(sequence.keep(text(3))).toBe(0);
    expect(await sequence.append(text(3), {})).toEqual(logitsOf([...text(3)]));
  });

  it('fails where WebLLM counts other tokens than it was given', async () => {
    const { sequence } = setUp({ miscounts: true });
    await expect(sequence.append(text(3), {})).rejects.toMatchObject({ code: 'app/internal' });
  });

  it.each([
    ['no ids', new Uint32Array(), 'engine/bad-input'],
    ['an id outside the vocabulary', Uint32Array.of(VOCAB), 'engine/bad-input'],
    ['more ids than it keeps', text(33), 'engine/context-full'],
  ] as const)('refuses %s', async (_, ids, code) => {
    const { sequence } = setUp();
    await expect(sequence.append(ids, {})).rejects.toMatchObject({ code });
  });
});

describe('an audit', () => {
  it('gives the logits after each position, in the order asked for', async () => {
    const { sequence } = setUp();
    await sequence.append(text(5), {});
    const ids = text(20);
    const logits = await sequence.audit(ids, Uint32Array.of(11, 3, 19, 3), {});
    expect(logits).toEqual([11, 3, 19, 3].map((at) => logitsOf([...ids.subarray(0, at + 1)])));
  });

  it('leaves no cache that a conversation would rely on', async () => {
    const { sequence } = setUp();
    await sequence.audit(text(9), Uint32Array.of(8), {});
    expect(sequence.keep(text(9))).toBe(0);
  });

  it('refuses a position after the end', async () => {
    const { sequence } = setUp();
    await expect(sequence.audit(text(9), Uint32Array.of(9), {})).rejects.toMatchObject({ code: 'engine/bad-input' });
  });
});

describe('a GPU that computes appended texts wrongly', () => {
  it('is found out, and reads them from the beginning from then on', async () => {
    const { sequence, calls } = setUp({ appends: true, chunkTokens: 16 });
    await checkAppends(sequence, ARITHMETIC, undefined);
    sequence.distrust();
    sequence.keep(text(6));
    await sequence.append(text(3), {});
    calls.length = 0;
    expect(await sequence.append(text(6).subarray(3), {})).toEqual(logitsOf([...text(6)]));
    expect(calls).toEqual(['reset', '6 at 0']);
  });

  it('reads what does not fit one chunk id by id', async () => {
    const { sequence, calls } = setUp();
    sequence.avoidAppends();
    expect(await sequence.append(text(10), {})).toEqual(logitsOf([...text(10)]));
    expect(calls).toEqual(['8 at 0', '1 at 8', '1 at 9']);
  });

  it('is refused where single ids are wrong as well, or logits are no numbers', async () => {
    const wrong = setUp({ decodes: true, chunkTokens: 16 });
    await expect(checkAppends(wrong.sequence, ARITHMETIC, undefined)).rejects.toMatchObject({
      code: 'engine/self-test',
    });
    const nan = setUp({ nan: true, chunkTokens: 16 });
    await expect(checkAppends(nan.sequence, ARITHMETIC, undefined)).rejects.toMatchObject({ code: 'engine/self-test' });
  });

  it('is not what a good one is taken for', async () => {
    const { sequence, calls } = setUp({ chunkTokens: 16 });
    await checkAppends(sequence, ARITHMETIC, undefined);
    sequence.distrust();
    sequence.keep(text(6));
    await sequence.append(text(3), {});
    calls.length = 0;
    await sequence.append(text(6).subarray(3), {});
    expect(calls).toEqual(['3 at 3']);
  });
});
