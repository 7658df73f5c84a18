/** How a tensor's elements lie in its file, after `f32-to-bf16` has been taken into account. */
export type StoredDtype = 'float32' | 'float16' | 'bfloat16' | 'uint32';

/** One tensor of `tensor-cache.json`. */
export interface TensorRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly stored: StoredDtype;
  /** The file it lies in, relative to the model's folder. */
  readonly path: string;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A file of weights. */
export interface ShardFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The parsed `tensor-cache.json` (older: `ndarray-cache.json`). */
export interface TensorIndex {
  readonly files: readonly ShardFile[];
  /** By tensor name, in the order of the files. */
  readonly records: ReadonlyMap<string, TensorRecord>;
}
