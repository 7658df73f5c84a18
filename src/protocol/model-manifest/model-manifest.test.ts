import { describe, expect, it } from 'vitest';
import { fromHex } from '../ids.ts';
import { canonicalJson } from './canonical-json.ts';
import { modelManifest } from './model-manifest.ts';
import type { HashedFile, ModelParts } from './model-manifest.ts';
import vectors from './model-manifest.vectors.json' with { type: 'json' };

interface FileCase {
  readonly sizeBytes: number;
  readonly sha256: string;
}

const file = ({ sizeBytes, sha256 }: FileCase): HashedFile => ({ sizeBytes, sha256: fromHex(`0x${sha256}`, 32) });
const partsOf = (one: (typeof vectors.cases)[number]): ModelParts => ({
  tensorIndex: file(one.tensorIndex),
  weights: one.weights.map(file),
  tokenizer: file(one.tokenizer),
  chatConfig: one.chatConfig,
});

describe('a model manifest', () => {
  it.each(vectors.cases.map((one) => [one.name, one] as const))('is the known one for %s', (_name, one) => {
    expect(modelManifest(partsOf(one))).toBe(one.manifest);
  });

  it('says how a model is run nowhere, and what it is everywhere', () => {
    const manifests = vectors.cases.map(({ manifest }) => manifest);
    expect(manifests[1]).toBe(manifests[0]);
    expect(new Set(manifests.slice(1)).size).toBe(manifests.length - 1);
  });

  it('does not depend on the order in which a file was written', () => {
    const one = partsOf(vectors.cases[0]!);
    const { chatConfig } = one;
    const reversed = Object.fromEntries(Object.entries(chatConfig.model_config).reverse());
    expect(modelManifest({ ...one, chatConfig: { ...chatConfig, model_config: reversed } })).toBe(modelManifest(one));
  });
});

describe('canonical JSON', () => {
  it.each<[string, unknown]>([
    ['an endless number', Infinity],
    ['half a character', { a: '\ud800' }],
    ['a function', () => 1],
    ['nothing', undefined],
  ])('refuses %s', (_what, value) => {
    expect(() => canonicalJson([value])).toThrow(expect.objectContaining({ code: 'model/bad-config' }) as Error);
  });

  it('refuses what is nested too deeply', () => {
    const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => [inner], 1);
    expect(() => canonicalJson(deep)).toThrow(expect.objectContaining({ code: 'model/bad-config' }) as Error);
  });
});
