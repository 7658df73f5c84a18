import type { TensorIndex } from './tensor-index.ts';

/**
 * Where weights come from: an index and byte ranges of its files. Records are read file by file in the index's order, each
 * needed record once and a file's records one after another, so a source may hold a single file at a time.
 */
export interface WeightSource {
  readonly index: TensorIndex;
  /**
   * Bytes `[byteOffset, byteOffset + byteLength)` of a file of the index (`dataPath`). The result may be a view into
   * memory the source keeps; it is not written to. Throws model/fetch, model/truncated, model/altered.
   */
  read(
    path: string,
    byteOffset: number,
    byteLength: number,
    options: { readonly signal?: AbortSignal },
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** Called when no further record of this file will be read. */
  release(path: string): void;
}
