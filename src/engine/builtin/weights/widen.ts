import { halfToNumber } from './half.ts';
import type { StoredDtype } from './tensor-index.ts';

/** Elements of a stored float tensor as f32 (exact for all three types). The bytes may lie at any alignment. */
export function widen(bytes: Uint8Array, stored: Exclude<StoredDtype, 'uint32'>): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (stored === 'float32') {
    const out = new Float32Array(bytes.byteLength / 4);
    for (let i = 0; i < out.length; i += 1) out[i] = view.getFloat32(i * 4, true);
    return out;
  }
  const out = new Float32Array(bytes.byteLength / 2);
  if (stored === 'float16') {
    for (let i = 0; i < out.length; i += 1) out[i] = halfToNumber(view.getUint16(i * 2, true));
    return out;
  }
  const words = new Uint32Array(out.buffer);
  for (let i = 0; i < words.length; i += 1) words[i] = view.getUint16(i * 2, true) << 16;
  return out;
}
