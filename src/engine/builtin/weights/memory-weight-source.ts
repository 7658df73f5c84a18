import { WeftError } from '../../../protocol/errors.ts';
import { parseTensorIndex } from './parse-tensor-index.ts';
import type { WeightSource } from './weight-source.ts';

/** A source over files that are in memory already, by name; the index is the `tensor-cache.json` among them. */
export function createMemoryWeightSource(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): WeightSource {
  const listing = files.get('tensor-cache.json') ?? files.get('ndarray-cache.json');
  if (listing === undefined) throw new WeftError('model/bad-config', 'The model has no tensor-cache.json.');
  const index = parseTensorIndex(JSON.parse(new TextDecoder().decode(listing)));
  return {
    index,
    read(path, byteOffset, byteLength, { signal }) {
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      const file = files.get(path);
      if (file === undefined || file.byteLength < byteOffset + byteLength) {
        const has = file === undefined ? 'is missing' : `has ${file.byteLength} bytes`;
        const text = `${path} ${has}; bytes up to ${byteOffset + byteLength} are needed.`;
        return Promise.reject(new WeftError('model/truncated', text));
      }
      return Promise.resolve(file.subarray(byteOffset, byteOffset + byteLength));
    },
    release() {
      // The files belong to the caller.
    },
  };
}
