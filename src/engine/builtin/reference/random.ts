/** Reproducible random numbers for tests and measurements (not for anything secret). */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Normal with mean 0 and variance 1. */
  normal(): number;
  /** An integer in [0, limit). */
  below(limit: number): number;
  /** `length` normal numbers times `scale`. */
  normals(length: number, scale: number): Float32Array<ArrayBuffer>;
  /** `length` integers in [0, limit). */
  ids(length: number, limit: number): Uint32Array<ArrayBuffer>;
}

/** A 32-bit counter passed through an integer hash (murmur3's finaliser); normals by Box and Muller. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  let spare: number | null = null;
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  };
  const normal = () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const below = (limit: number) => Math.floor(uniform() * limit);
  return {
    uniform,
    normal,
    below,
    normals: (length, scale) => Float32Array.from({ length }, () => normal() * scale),
    ids: (length, limit) => Uint32Array.from({ length }, () => below(limit)),
  };
}
