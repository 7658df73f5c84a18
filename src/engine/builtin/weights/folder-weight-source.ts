import type { TensorIndex } from './tensor-index.ts';
import type { WeightSource } from './weight-source.ts';
import { MAX_WEIGHT_FILE_BYTES } from '../../session/constants.ts';
import { altered } from '../../session/fetch-bytes.ts';
import type { ModelFiles } from '../../session/model-files.ts';

export interface FolderWeightSourceInit {
  readonly index: TensorIndex;
  readonly files: ModelFiles;
  /** Called with the weight bytes received so far, of all files together, and their sum. */
  readonly onBytes: (receivedBytes: number, totalBytes: number) => void;
}

/** Weights of a model folder, one checked file in memory at a time. */
export function createFolderWeightSource(init: FolderWeightSourceInit): WeightSource {
  const { index, files, onBytes } = init;
  const totalBytes = index.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const sizes = new Map(index.files.map((file) => [file.path, file.sizeBytes]));
  let receivedBefore = 0;
  let held: { readonly path: string; readonly bytes: Promise<Uint8Array<ArrayBuffer>> } | null = null;

  const fetchFile = async (path: string, signal: AbortSignal | undefined) => {
    const report = (received: number) => onBytes(Math.min(totalBytes, receivedBefore + received), totalBytes);
    const bytes = await files.read(path, { signal, maxBytes: MAX_WEIGHT_FILE_BYTES, onBytes: report });
    const expected = sizes.get(path);
    if (bytes.length !== expected) {
      throw altered(path, `it has ${bytes.length} bytes where the list of tensors says ${expected ?? 'nothing'}`);
    }
    receivedBefore += bytes.length;
    return bytes;
  };

  return {
    index,
    async read(path, byteOffset, byteLength, { signal }) {
      if (held?.path !== path) held = { path, bytes: fetchFile(path, signal) };
      const { bytes } = held;
      try {
        return (await bytes).subarray(byteOffset, byteOffset + byteLength);
      } catch (error) {
        // The next attempt asks again instead of repeating this failure.
        if (held.bytes === bytes) held = null;
        throw error;
      }
    },
    release(path) {
      if (held?.path === path) held = null;
    },
  };
}
