import * as v from 'valibot';
import { fromHex } from '../../src/protocol/ids.ts';
import { modelManifest } from '../../src/protocol/model-manifest/model-manifest.ts';
import { failure } from './compare.ts';
import type { Outcome } from './compare.ts';

const file = v.object({
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sha256: v.pipe(
    v.string(),
    v.transform((text) => fromHex(`0x${text}`, 32)),
  ),
});
const record = v.record(v.string(), v.unknown());
const caseSchema = v.object({
  tensorIndex: file,
  weights: v.array(file),
  tokenizer: file,
  chatConfig: v.object({
    quantization: v.string(),
    model_type: v.string(),
    model_config: record,
    conv_template: record,
  }),
  manifest: v.string(),
});

/** What a file of model manifests begins with. */
export const MANIFEST_FILE_TAG = 'weft/manifest/1';

/** Recomputes every manifest of a parsed file; a file without cases is one failure. */
export function recomputeManifestFile({ cases }: { readonly cases?: unknown }): Outcome[] {
  if (!Array.isArray(cases) || cases.length === 0) return [failure('cases', cases, 'there is no case in it')];
  return cases.map((one: unknown, at): Outcome => {
    const path = `cases[${at}].manifest`;
    try {
      const { manifest, ...parts } = v.parse(caseSchema, one);
      const got = modelManifest(parts);
      return { path, ok: got === manifest, expected: manifest, got };
    } catch (error) {
      return failure(path, 'a case', error instanceof Error ? error.message : String(error));
    }
  });
}
