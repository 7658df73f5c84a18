import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLeaf } from './leaf.ts';
import { createTap } from './tap.ts';
import type { TapInit } from './tap.ts';

const init: TapInit = {
  seed: new Uint8Array(32).fill(1),
  vocabSize: 50,
  params: { temperatureQ: 1024, topPBps: 9500, topK: 32 },
  maxTokens: 500,
  stopTokens: [],
};
const logits = (t: number) => Float32Array.from({ length: 50 }, (_, id) => 3 * Math.sin(id * 7.7 + t * 1.3));
const outOfOrder = expect.objectContaining({ code: 'par1/out-of-order' }) as Error;
const badInput = expect.objectContaining({ code: 'par1/bad-input' }) as Error;

describe('tap', () => {
  it('keeps every leaf as it was written, over the growth of its buffer', () => {
    const tap = createTap(init);
    const tokens: number[] = [];
    for (let t = 0; t < 300; t++) {
      tokens.push(tap.sample(logits(t)));
      tap.commit();
    }
    expect(tap.finish()?.leafCount).toBe(300);
    for (const t of [0, 63, 64, 127, 128, 299]) {
      expect(decodeLeaf(tap.opening(t).leaf)).toMatchObject({ t, token: tokens[t] });
    }
    expect(new Set(tokens).size).toBeGreaterThan(5);
    expect(() => tap.opening(300)).toThrow(badInput);
  });

  it('commits the open leaf when it finishes', () => {
    const [tap, clean] = [createTap(init), createTap(init)];
    tap.sample(logits(0));
    clean.sample(logits(0));
    clean.commit();
    expect(tap.finish()).toEqual(clean.finish());
    expect(tap.opening(0)).toEqual(clean.opening(0));
  });

  it('ends with the stop token, which is the last leaf', () => {
    const free = createTap(init);
    const tokens = Array.from({ length: 20 }, (_, t) => {
      const token = free.sample(logits(t));
      free.commit();
      return token;
    });
    const stop = tokens[7]!;
    const tap = createTap({ ...init, stopTokens: [stop] });
    let t = 0;
    while (tap.ended() === null) {
      expect(tap.sample(logits(t))).toBe(tokens[t]);
      tap.commit();
      t += 1;
    }
    expect(tap.ended()).toBe('stop');
    expect(tap.finish()?.leafCount).toBe(tokens.indexOf(stop) + 1);
    expect(() => tap.sample(logits(t))).toThrow(outOfOrder);
  });

  it('ends at the largest number of tokens', () => {
    const tap = createTap({ ...init, maxTokens: 2 });
    tap.sample(logits(0));
    expect(tap.ended()).toBeNull();
    tap.commit();
    tap.sample(logits(1));
    expect(tap.ended()).toBe('length');
    expect(tap.finish()?.leafCount).toBe(2);
    expect(() => tap.sample(logits(2))).toThrow(outOfOrder);
  });

  it('refuses to sample over an open leaf and to commit nothing', () => {
    const tap = createTap(init);
    expect(() => tap.commit()).toThrow(outOfOrder);
    tap.sample(logits(0));
    expect(() => tap.sample(logits(1))).toThrow(outOfOrder);
    tap.commit();
    expect(() => tap.commit()).toThrow(outOfOrder);
  });

  it('has committed nothing before the first token', () => {
    expect(createTap(init).finish()).toBeNull();
  });

  it('goes on after logits it refused', () => {
    const [tap, clean] = [createTap(init), createTap(init)];
    expect(() => tap.sample(logits(0).fill(NaN, 3, 4))).toThrow(expect.objectContaining({ code: 'par1/bad-logits' }));
    expect(() => tap.sample(new Float32Array(49))).toThrow(badInput);
    for (const one of [tap, clean]) {
      one.sample(logits(0));
      one.commit();
    }
    expect(tap.finish()).toEqual(clean.finish());
  });

  it('samples adjusted logits and sketches the raw ones', () => {
    const raw = logits(0);
    const greedy = { ...init, params: { ...init.params, temperatureQ: 0 } };
    const adjusted = raw.map((value, id) => (id === 9 ? 40 : value));
    const [plain, penalised] = [createTap(greedy), createTap(greedy)];
    plain.sample(raw);
    plain.commit();
    expect(penalised.sample(raw, adjusted)).toBe(9);
    penalised.commit();
    const [a, b] = [plain, penalised].map((tap) => decodeLeaf(tap.opening(0).leaf));
    expect(b!.sketch).toEqual(a!.sketch);
    expect(b!.zmax).toBe(40);
    expect(a!.zmax).toBe(Math.max(...raw));
  });

  it('works from a vocabulary of one up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), (vocabSize) => {
        const tap = createTap({ ...init, vocabSize });
        expect(tap.sample(new Float32Array(vocabSize))).toBeLessThan(vocabSize);
        expect(tap.finish()?.leafCount).toBe(1);
      }),
    );
  });

  it.each<[string, Partial<TapInit>]>([
    ['a short seed', { seed: new Uint8Array(31) }],
    ['no vocabulary', { vocabSize: 0 }],
    ['no tokens', { maxTokens: 0 }],
    ['half a token', { maxTokens: 1.5 }],
    ['more tokens than a tree holds', { maxTokens: 2 ** 24 + 1 }],
    ['a parameter out of range', { params: { ...init.params, topK: 33 } }],
  ])('refuses %s', (_what, change) => {
    expect(() => createTap({ ...init, ...change })).toThrow(badInput);
  });
});
