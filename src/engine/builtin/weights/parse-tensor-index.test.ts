import { describe, expect, test } from 'vitest';
import { WeftError } from '../../../protocol/errors.ts';
import { parseTensorIndex } from './parse-tensor-index.ts';

interface Entry {
  name: string;
  shape: number[];
  dtype: string;
  format: string;
  nbytes: number;
  byteOffset: number;
}

const entry = (changes: Partial<Entry> = {}): Entry => ({
  name: 'model.norm.weight',
  shape: [8],
  dtype: 'float16',
  format: 'f32-to-bf16',
  nbytes: 16,
  byteOffset: 0,
  ...changes,
});

const listing = (entries: Entry[], changes: object = {}) => ({
  metadata: { ParamSize: entries.length },
  records: [
    { dataPath: 'params_shard_0.bin', format: 'raw-shard', nbytes: 64, md5sum: 'x', records: entries, ...changes },
  ],
});

function codeOf(json: unknown): string {
  try {
    parseTensorIndex(json);
  } catch (error) {
    return error instanceof WeftError ? error.code : String(error);
  }
  return 'accepted';
}

describe('a list of weights', () => {
  test('gives each tensor its file, place and stored type', () => {
    const index = parseTensorIndex(
      listing([
        entry(),
        entry({ name: 'a', dtype: 'float32', nbytes: 16, byteOffset: 16 }),
        entry({ name: 'b', dtype: 'float32', format: 'raw', shape: [4], byteOffset: 32 }),
        entry({ name: 'c', dtype: 'uint32', shape: [2, 2], byteOffset: 48 }),
      ]),
    );
    expect(index.files).toEqual([{ path: 'params_shard_0.bin', sizeBytes: 64 }]);
    expect([...index.records.values()].map(({ name, stored, byteOffset }) => [name, stored, byteOffset])).toEqual([
      ['model.norm.weight', 'float16', 0],
      ['a', 'bfloat16', 16],
      ['b', 'float32', 32],
      ['c', 'uint32', 48],
    ]);
  });

  test.each([
    ['a web page', '<html>', 'model/bad-config'],
    ['no files', { records: [] }, 'model/bad-config'],
    ['an unknown type', listing([entry({ dtype: 'int8' })]), 'model/bad-config'],
    ['a size that the shape does not have', listing([entry({ nbytes: 15 })]), 'model/bad-config'],
    ['a name twice', listing([entry(), entry({ byteOffset: 16 })]), 'model/bad-config'],
    ['a tensor beyond its file', listing([entry({ byteOffset: 50 })]), 'model/truncated'],
    ['a tensor between elements', listing([entry({ byteOffset: 1 })]), 'model/truncated'],
    ['a negative place', listing([entry({ byteOffset: -16 })]), 'model/bad-config'],
    ['a file of another folder', listing([entry()], { dataPath: '../secret.bin' }), 'model/bad-config'],
    ['a file of another origin', listing([entry()], { dataPath: 'https://example.org/w.bin' }), 'model/bad-config'],
    ['an absolute file', listing([entry()], { dataPath: '//example.org/w.bin' }), 'model/bad-config'],
  ])('with %s is refused', (_, json, code) => {
    expect(codeOf(json)).toBe(code);
  });
});
