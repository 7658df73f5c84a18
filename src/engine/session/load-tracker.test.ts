import { describe, expect, it } from 'vitest';
import type { LoadProgress } from '../engine.ts';
import { contextLimitOf } from '../builtin/context-limit.ts';
import { createLoadTracker } from './load-tracker.ts';
import type { ModelConfig } from '../builtin/model/model-config.ts';

describe('the progress of a load', () => {
  it('only ever rises, through files that are fetched and uploaded in turn', () => {
    const seen: LoadProgress[] = [];
    const tracker = createLoadTracker((one) => seen.push(one));
    tracker.enter('download');
    tracker.expect({ smallBytes: 300, weightBytes: 1000 });
    tracker.smallBytes(100);
    tracker.smallBytes(300);
    tracker.enter('tune');
    tracker.enter('compile');
    for (const [received, share] of [
      [250, 0.1],
      [500, 0.5],
      [1000, 1],
    ] as const) {
      tracker.weightBytes(received);
      tracker.uploaded(share);
    }
    tracker.enter('self-test');
    const ratios = seen.map(({ ratio }) => ratio);
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
    expect(ratios.at(-1)).toBeGreaterThan(0.95);
    expect(ratios.at(-1)).toBeLessThanOrEqual(1);
    expect(seen.at(-1)).toMatchObject({ phase: 'self-test', loadedBytes: 1300, totalBytes: 1300 });
    for (const { loadedBytes, totalBytes } of seen) expect(loadedBytes).toBeLessThanOrEqual(totalBytes);
  });
});

describe('the context of a model on a device', () => {
  const config = { kvHeadCount: 8, headDim: 128, layerCount: 16, contextLength: 131_072 } as ModelConfig;
  const limits = (bytes: number) => ({ maxBufferSize: 2 * bytes, maxStorageBufferBindingSize: bytes });

  it('is what the model was made for where that fits', () => {
    expect(contextLimitOf({ ...config, contextLength: 4096 }, limits(2 ** 31))).toBe(4096);
  });

  it('is cut to what all layers, and one buffer, may hold', () => {
    // 4 KiB per token and layer, keys and values: 128 KiB per token of 1 GiB.
    expect(contextLimitOf(config, limits(2 ** 31))).toBe(8192);
    expect(contextLimitOf(config, limits(2 ** 22))).toBe(1024);
  });

  it('is refused where no chat would fit', () => {
    expect(() => contextLimitOf(config, limits(2 ** 19))).toThrow(
      expect.objectContaining({ code: 'engine/limits' }) as Error,
    );
  });
});
