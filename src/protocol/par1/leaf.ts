import { WeftError } from '../errors.ts';
import { HIGHEST_U32, K, LEAF_BYTES, LOWEST_I16, UNUSED_ID } from './constants.ts';
import { requireInteger } from './guard.ts';

/** What one output token commits to. Arrays have K slots; unused ones hold 0xffffffff and −32768 and come last. */
export interface Leaf {
  /** 0-based output position. */
  readonly t: number;
  readonly token: number;
  /** Place of the token among `ids`. */
  readonly rank: number;
  /** Bit 0: forced by the grammar; bit 1: logits arrived masked. */
  readonly flags: number;
  readonly ids: Uint32Array;
  readonly zq: Int16Array;
  readonly sketch: Int16Array;
  /** Largest logit, an f32. */
  readonly zmax: number;
}

const AT = { t: 0, token: 4, rank: 8, width: 9, flags: 10, reserved: 11, ids: 12, zq: 140, sketch: 204, zmax: 268 };
const KNOWN_FLAGS = 0b11;

/** Writes 272 bytes at `offset`; values must be in range, as a step's are. */
export function writeLeaf(view: DataView, offset: number, leaf: Leaf): void {
  view.setUint32(offset + AT.t, leaf.t);
  view.setUint32(offset + AT.token, leaf.token);
  view.setUint8(offset + AT.rank, leaf.rank);
  view.setUint8(offset + AT.width, K);
  view.setUint8(offset + AT.flags, leaf.flags);
  view.setUint8(offset + AT.reserved, 0);
  for (let slot = 0; slot < K; slot++) {
    view.setUint32(offset + AT.ids + 4 * slot, leaf.ids[slot]!);
    view.setInt16(offset + AT.zq + 2 * slot, leaf.zq[slot]!);
    view.setInt16(offset + AT.sketch + 2 * slot, leaf.sketch[slot]!);
  }
  view.setFloat32(offset + AT.zmax, leaf.zmax);
}

/** The 272 bytes of a leaf; throws par1/bad-input for a value that has no encoding. */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  requireInteger('t', leaf.t, 0, HIGHEST_U32);
  requireInteger('token', leaf.token, 0, HIGHEST_U32);
  requireInteger('rank', leaf.rank, 0, K - 1);
  requireInteger('flags', leaf.flags, 0, KNOWN_FLAGS);
  for (const name of ['ids', 'zq', 'sketch'] as const) requireInteger(`${name}.length`, leaf[name].length, K, K);
  const bytes = new Uint8Array(LEAF_BYTES);
  writeLeaf(new DataView(bytes.buffer), 0, leaf);
  return bytes;
}

/**
 * Reads a leaf whose every byte is as {@link writeLeaf} would write it; what the values claim is check.ts's matter.
 * Throws par1/bad-leaf.
 */
export function decodeLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length !== LEAF_BYTES) throw badLeaf(`has ${bytes.length} bytes, expected ${LEAF_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, LEAF_BYTES);
  const leaf: Leaf = {
    t: view.getUint32(AT.t),
    token: view.getUint32(AT.token),
    rank: view.getUint8(AT.rank),
    flags: view.getUint8(AT.flags),
    ids: Uint32Array.from({ length: K }, (_, slot) => view.getUint32(AT.ids + 4 * slot)),
    zq: Int16Array.from({ length: K }, (_, slot) => view.getInt16(AT.zq + 2 * slot)),
    sketch: Int16Array.from({ length: K }, (_, slot) => view.getInt16(AT.sketch + 2 * slot)),
    zmax: view.getFloat32(AT.zmax),
  };
  const width = view.getUint8(AT.width);
  if (width !== K) throw badLeaf(`says it holds ${width} candidates, expected ${K}`);
  if (view.getUint8(AT.reserved) !== 0) throw badLeaf('has a byte 11 other than 0');
  if ((leaf.flags & ~KNOWN_FLAGS) !== 0) throw badLeaf(`has unknown flags ${leaf.flags}`);
  if (!Number.isFinite(leaf.zmax)) throw badLeaf(`has the largest logit ${leaf.zmax}`);
  const count = leafCandidates(leaf);
  if (leaf.rank >= count) throw badLeaf(`claims rank ${leaf.rank} of ${count} candidates`);
  for (let slot = count; slot < K; slot++) {
    if (leaf.ids[slot] !== UNUSED_ID || leaf.zq[slot] !== LOWEST_I16) throw badLeaf(`uses slot ${slot} after a gap`);
  }
  return leaf;
}

/** Slots in use. */
export function leafCandidates(leaf: Leaf): number {
  const unused = leaf.ids.indexOf(UNUSED_ID);
  return unused === -1 ? K : unused;
}

function badLeaf(what: string): WeftError {
  return new WeftError('par1/bad-leaf', `A leaf ${what}.`);
}
