import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { K } from './constants.ts';
import { createQuantiser } from './step.ts';

/** Few distinct values, so that ties are the rule. */
const tied = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 120 });
const anyF32 = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 120 });

/** The definition, by sorting. */
function reference(values: Float32Array) {
  const ids = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, K);
  const zmax = values[ids[0]!]!;
  const zq = ids.map((id) => Math.max(-32768, Math.floor(1024 * (values[id]! - zmax) + 0.5)));
  const pad = K - ids.length;
  return {
    ids: [...ids, ...Array<number>(pad).fill(0xffffffff)],
    zq: [...zq.map((one) => one + 0), ...Array<number>(pad).fill(-32768)],
    zmax,
  };
}

describe('quantised step', () => {
  it.each([
    ['many ties', tied],
    ['any finite logits', anyF32],
  ])('selects as sorting by value, then id, does: %s', (_name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (list) => {
        const values = Float32Array.from(list);
        const { step, quantise } = createQuantiser(values.length);
        // A second use of the same buffers must not remember the first.
        quantise(values.toReversed(), values.toReversed());
        quantise(values, values);
        const expected = reference(values);
        expect([...step.ids]).toEqual(expected.ids);
        expect([...step.zq]).toEqual(expected.zq);
        expect(step.zmax).toBe(expected.zmax);
        expect(step.count).toBe(Math.min(K, values.length));
        expect(step.mean).toBe(values.reduce((sum, value) => sum + value, 0) / values.length);
      }),
    );
  });

  it('rounds half up, below zero too', () => {
    const { step, quantise } = createQuantiser(3);
    const z = Float32Array.of(0, -0.5 / 1024, -1.5 / 1024);
    quantise(z, z);
    expect([...step.zq.subarray(0, 3)]).toEqual([0, 0, -1]);
  });

  it('has one candidate in a vocabulary of one', () => {
    const { step, quantise } = createQuantiser(1);
    const z = Float32Array.of(-7.5);
    quantise(z, z);
    expect([step.count, step.ids[0], step.ids[1], step.zq[0], step.zmax]).toEqual([1, 0, 0xffffffff, 0, -7.5]);
  });

  it('takes candidates from adjusted logits and the mean from the raw ones', () => {
    const { step, quantise } = createQuantiser(3);
    quantise(Float32Array.of(1, 2, 6), Float32Array.of(1, 2, -50));
    expect([...step.ids.subarray(0, 3)]).toEqual([1, 0, 2]);
    expect([step.zmax, step.mean]).toEqual([2, 3]);
  });

  it('refuses a logit that is not finite, wherever it is, naming it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.nat(),
        fc.constantFrom(NaN, Infinity, -Infinity),
        fc.boolean(),
        (size, at, bad, inAdjusted) => {
          const good = new Float32Array(size).fill(1);
          const broken = good.with(at % size, bad);
          const { quantise } = createQuantiser(size);
          const expected = {
            code: 'par1/bad-logits',
            shortMessage: expect.stringContaining(`token ${at % size}`) as string,
          };
          expect(() => (inAdjusted ? quantise(good, broken) : quantise(broken, good))).toThrow(
            expect.objectContaining(expected),
          );
          expect(() => quantise(broken, broken)).toThrow(expect.objectContaining(expected));
          expect(() => quantise(good, good)).not.toThrow();
        },
      ),
    );
  });

  it('refuses infinities that cancel in a sum', () => {
    const z = Float32Array.of(Infinity, -Infinity);
    expect(() => createQuantiser(2).quantise(z, z)).toThrow(expect.objectContaining({ code: 'par1/bad-logits' }));
  });

  it('refuses another number of logits', () => {
    const { quantise } = createQuantiser(4);
    const four = new Float32Array(4);
    const five = new Float32Array(5);
    expect(() => quantise(five, five)).toThrow(expect.objectContaining({ code: 'par1/bad-input' }));
    expect(() => quantise(four, five)).toThrow('Expected 4 logits, got 5.');
  });
});
