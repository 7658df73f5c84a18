import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_VARIANTS } from '../kernels/kernel-variants.ts';
import { fetchModel } from '../reference/fetch-model.ts';
import { openDevice } from '../reference/open-device.ts';
import { createMemoryWeightSource } from '../weights/memory-weight-source.ts';
import { createTransformer } from './create-transformer.ts';
import type { Transformer } from './transformer.ts';

interface GoldenCase {
  readonly promptIds: readonly number[];
  readonly topIds: readonly number[];
  readonly topLogits: readonly number[];
  readonly greedyIds: readonly number[];
}

const FOLDER = '/models/weft-guide/';
let transformer: Transformer;
let cases: readonly GoldenCase[];

beforeAll(async () => {
  const { config, files } = await fetchModel(FOLDER);
  const device = await openDevice();
  const range = { from: 0, to: config.layerCount };
  transformer = await createTransformer(
    { device, config, range, maxLength: 256 },
    { weights: createMemoryWeightSource(files), variants: DEFAULT_VARIANTS },
  );
  cases = ((await (await fetch(`${FOLDER}golden.json`)).json()) as { cases: GoldenCase[] }).cases;
});

afterAll(() => transformer.destroy());

test('the built-in model gives the logits and the greedy text that PyTorch gave when it was exported', async () => {
  expect(cases.length).toBeGreaterThan(0);
  for (const { promptIds, topIds, topLogits, greedyIds } of cases) {
    transformer.truncate(0);
    let logits = await transformer.prefill(new Uint32Array(promptIds), {});
    topIds.forEach((id, i) =>
      expect(Math.abs(logits[id]! - topLogits[i]!)).toBeLessThan(1e-4 * Math.abs(topLogits[0]!)),
    );
    const chosen: number[] = [];
    while (chosen.length < greedyIds.length) {
      const best = logits.indexOf(Math.max(...logits));
      chosen.push(best);
      logits = await transformer.decode(best);
    }
    expect(chosen).toEqual(greedyIds);
  }
});
