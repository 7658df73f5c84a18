import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { K } from './constants.ts';
import { createSampler } from './sampler.ts';
import type { Candidates } from './sampler.ts';

const seed = new Uint8Array(32).fill(7);

function candidates(zq: readonly number[]): Candidates {
  return {
    ids: Uint32Array.from({ length: K }, (_, rank) => (rank < zq.length ? 1000 + rank : 0xffffffff)),
    zq: Int16Array.from({ length: K }, (_, rank) => zq[rank] ?? -32768),
    count: zq.length,
  };
}

const anyStep = fc
  .array(fc.integer({ min: -6000, max: 0 }), { minLength: 1, maxLength: K })
  .map((list) => candidates([0, ...list.slice(1)].sort((a, b) => b - a)));
const anyParams = fc.record({
  temperatureQ: fc.oneof(fc.integer({ min: 0, max: 4096 }), fc.constantFrom(0, 1, 65535)),
  topPBps: fc.oneof(fc.integer({ min: 1, max: 10000 }), fc.constantFrom(1, 9999, 10000)),
  topK: fc.integer({ min: 1, max: K }),
});

describe('sampler', () => {
  it('draws within its bounds, the same again, and accepts what it drew', () => {
    fc.assert(
      fc.property(anyStep, anyParams, fc.nat(0xffffffff), (step, params, t) => {
        const sampler = createSampler(seed, params);
        const rank = sampler.pick(step, t);
        expect(sampler.keep()).toBeGreaterThanOrEqual(1);
        expect(sampler.keep()).toBeLessThanOrEqual(Math.min(params.topK, step.count));
        expect(rank).toBeLessThan(sampler.keep());
        expect(createSampler(seed, params).pick(step, t)).toBe(rank);
        expect(sampler.accepts(step, t, rank)).toBe(true);
      }),
    );
  });

  it('accepts no second rank when the bound is not near a prefix', () => {
    fc.assert(
      fc.property(anyStep, fc.nat(1000), fc.constantFrom(0, 512, 1024), (step, t, temperatureQ) => {
        const sampler = createSampler(seed, { temperatureQ, topPBps: 10000, topK: K });
        const accepted = Array.from({ length: K }, (_, rank) => rank).filter((rank) => sampler.accepts(step, t, rank));
        expect(accepted).toEqual([sampler.pick(step, t)]);
      }),
    );
  });

  it('takes the likeliest at temperature 0', () => {
    const sampler = createSampler(seed, { temperatureQ: 0, topPBps: 10000, topK: K });
    for (let t = 0; t < 50; t++) expect(sampler.pick(candidates([0, 0, -1]), t)).toBe(0);
    expect(sampler.keep()).toBe(1);
    expect(sampler.accepts(candidates([0, 0]), 0, 1)).toBe(false);
  });

  it('draws as often as softmax says', () => {
    const sampler = createSampler(seed, { temperatureQ: 1024, topPBps: 10000, topK: K });
    const step = candidates([0, -700, -1400, -2100]);
    const weights = [0, -700, -1400, -2100].map((zq) => Math.exp(zq / 1024));
    const total = weights.reduce((a, b) => a + b);
    const draws = 20_000;
    const seen = [0, 0, 0, 0];
    for (let t = 0; t < draws; t++) {
      const rank = sampler.pick(step, t);
      seen[rank] = seen[rank]! + 1;
    }
    // Five standard deviations of the rarest: the draws are fixed, so this fails always or never.
    seen.forEach((n, rank) => expect(Math.abs(n / draws - weights[rank]! / total)).toBeLessThan(0.018));
  });

  it.each([
    // Four equal candidates: each is a quarter.
    { topPBps: 1, keep: 1 },
    { topPBps: 2499, keep: 1 },
    { topPBps: 2500, keep: 1 },
    { topPBps: 2501, keep: 2 },
    { topPBps: 7500, keep: 3 },
    { topPBps: 7501, keep: 4 },
    { topPBps: 9999, keep: 4 },
    { topPBps: 10000, keep: 4 },
  ])('keeps $keep of four equal candidates for topP $topPBps/10000', ({ topPBps, keep }) => {
    const sampler = createSampler(seed, { temperatureQ: 1024, topPBps, topK: K });
    sampler.pick(candidates([0, 0, 0, 0]), 3);
    expect(sampler.keep()).toBe(keep);
  });

  it('measures topP over the topK candidates only, and keeps all of them at 10000', () => {
    const step = candidates([0, 0, 0, 0, 0, 0, 0, 0]);
    const half = createSampler(seed, { temperatureQ: 1024, topPBps: 5000, topK: 4 });
    half.pick(step, 0);
    expect(half.keep()).toBe(2);
    // The last weighs nothing in floating point, and is kept all the same.
    const all = createSampler(seed, { temperatureQ: 1, topPBps: 10000, topK: 8 });
    all.pick(candidates([0, -32768]), 0);
    expect(all.keep()).toBe(2);
  });

  it('accepts either prefix exactly at the bound, and only there', () => {
    const step = candidates([0, 0]);
    const atBound = createSampler(seed, { temperatureQ: 1024, topPBps: 5000, topK: 2 });
    const below = createSampler(seed, { temperatureQ: 1024, topPBps: 4999, topK: 2 });
    const both = createSampler(seed, { temperatureQ: 1024, topPBps: 10000, topK: 2 });
    const wins = [0, 0];
    for (let t = 0; t < 100; t++) {
      const winner = both.pick(step, t);
      wins[winner] = wins[winner]! + 1;
      expect(atBound.pick(step, t)).toBe(0);
      expect(atBound.accepts(step, t, 0)).toBe(true);
      expect(atBound.accepts(step, t, 1)).toBe(winner === 1);
      expect(below.accepts(step, t, 1)).toBe(false);
    }
    expect(Math.min(...wins)).toBeGreaterThan(20);
  });

  it('gives ties to the lower rank', () => {
    const sampler = createSampler(seed, { temperatureQ: 1, topPBps: 10000, topK: 2 });
    // At this temperature noise moves a score by −3 to 11: some positions tie exactly.
    const step = candidates([0, 0]);
    const ranks = Array.from({ length: 200 }, (_, t) => sampler.pick(step, t));
    const firsts = ranks.filter((rank) => rank === 0).length;
    expect(firsts).toBeGreaterThan(100);
    ranks.forEach((rank, t) => expect(sampler.accepts(step, t, 1 - rank)).toBe(false));
  });

  it.each([
    { temperatureQ: -1, topPBps: 1, topK: 1 },
    { temperatureQ: 0.5, topPBps: 1, topK: 1 },
    { temperatureQ: 65536, topPBps: 1, topK: 1 },
    { temperatureQ: 0, topPBps: 0, topK: 1 },
    { temperatureQ: 0, topPBps: 10001, topK: 1 },
    { temperatureQ: 0, topPBps: 1, topK: 0 },
    { temperatureQ: 0, topPBps: 1, topK: 33 },
  ])('refuses $temperatureQ, $topPBps, $topK', (params) => {
    expect(() => createSampler(seed, params)).toThrow(expect.objectContaining({ code: 'par1/bad-input' }));
  });
});
