import { describe, expect, it } from 'vitest';
import shipped from '../../src/protocol/model-manifest/model-manifest.vectors.json' with { type: 'json' };
import { recomputeManifestFile } from './manifest-file.ts';

const failures = (file: { readonly cases?: unknown }) => recomputeManifestFile(file).filter(({ ok }) => !ok);

describe('the vectors command on model manifests', () => {
  it('recomputes every case of the shipped file', () => {
    expect(recomputeManifestFile(shipped)).toHaveLength(shipped.cases.length);
    expect(failures(shipped)).toEqual([]);
  });

  it('finds a changed size, hash, name and result', () => {
    const [first] = shipped.cases;
    for (const change of [
      { tokenizer: { ...first!.tokenizer, sha256: '00'.repeat(32) } },
      { weights: first!.weights.slice(1) },
      { chatConfig: { ...first!.chatConfig, quantization: 'q0f32' } },
      { manifest: `0x${'00'.repeat(32)}` },
      { tensorIndex: { sizeBytes: -1, sha256: '' } },
    ]) {
      expect(failures({ cases: [{ ...first, ...change }] })).toHaveLength(1);
    }
  });

  it('passes nothing where there is nothing', () => {
    expect(failures({ cases: [] })).toHaveLength(1);
    expect(failures({})).toHaveLength(1);
  });
});
