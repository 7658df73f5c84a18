import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSketcher } from './sketch.ts';

const u32 = (value: bigint) => value & 0xffffffffn;

/** lowbias32 over big integers: no shift or product of it can overflow. */
function lowbias32(value: bigint): bigint {
  let x = value;
  x = u32((x ^ (x >> 16n)) * 0x7feb352dn);
  x = u32((x ^ (x >> 15n)) * 0x846ca68bn);
  return x ^ (x >> 16n);
}

/** The definition, one id after the other. */
function reference(seed: Uint8Array, z: Float32Array): number[] {
  const hash = sha256(new Uint8Array([...new TextEncoder().encode('weft/sketch/1'), ...seed]));
  const view = new DataView(hash.buffer, hash.byteOffset);
  const [k0, k1] = [BigInt(view.getUint32(0)), BigInt(view.getUint32(4))];
  const mean = z.reduce((sum, value) => sum + value, 0) / z.length;
  const buckets = new Float64Array(32);
  z.forEach((value, id) => {
    const h = Number(lowbias32(lowbias32(BigInt(id) ^ k0) ^ k1) & 63n);
    const bucket = h & 31;
    buckets[bucket] = buckets[bucket]! + ((h & 32) === 0 ? -(value - mean) : value - mean);
  });
  return [...buckets].map((sum) => {
    const rounded = Math.floor(1024 * Math.sqrt(32 / z.length) * sum + 0.5);
    return Math.min(32767, Math.max(-32768, rounded)) + 0;
  });
}

function sketchOf(seed: Uint8Array, z: Float32Array): Int16Array {
  const out = new Int16Array(32);
  createSketcher(seed, z.length).sketch(z, z.reduce((sum, value) => sum + value, 0) / z.length, out);
  return out;
}

describe('sketch', () => {
  it('is the definition’s for any seed and logits, clamped ones included', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (seed, list) => {
          const z = Float32Array.from(list);
          expect([...sketchOf(seed, z)]).toEqual(reference(seed, z));
        },
      ),
    );
  });

  it('estimates the error between two logit vectors, and nothing from a shift of all of them', () => {
    const seed = new Uint8Array(32).fill(5);
    const size = 20_000;
    const wave = (id: number, k: number) => Math.sin(id * k + 1);
    const z = Float32Array.from({ length: size }, (_, id) => 4 * wave(id, 12.9898));
    const sigma = 0.25;
    // A sine over pseudo-random phases has the deviation 1/√2 of its amplitude.
    const moved = z.map((value, id) => value + sigma * Math.SQRT2 * wave(id, 78.233) + 3);
    const [a, b] = [sketchOf(seed, z), sketchOf(seed, moved)];
    const rms = Math.sqrt(a.reduce((sum, value, bucket) => sum + (value - b[bucket]!) ** 2, 0) / 32) / 1024;
    expect(rms).toBeGreaterThan(sigma * 0.6);
    expect(rms).toBeLessThan(sigma * 1.5);
    const shifted = sketchOf(
      seed,
      z.map((value) => value + 3),
    );
    a.forEach((value, bucket) => expect(Math.abs(value - shifted[bucket]!)).toBeLessThanOrEqual(1));
  });
});
