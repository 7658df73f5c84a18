import { describe, expect, it } from 'vitest';
import { createImagePass } from './image-pass.ts';
import { pictureOf } from './pictures.fixture.ts';
import type { Pipeline } from './pipeline.ts';

/** The parts of WebLLM's pipeline that pictures go through. */
function createPipeline() {
  const scopes: string[] = [];
  const seen: unknown[] = [];
  const imageDataCache = new Map<string, ImageData>();
  const pipeline = {
    tvm: { beginScope: () => scopes.push('begin'), endScope: () => scopes.push('end') },
    prefillChunkSize: 2048,
    image_embed: {},
    imageDataCache,
    computeImageEmbedSize: (height: number, width: number) => (height === width ? 2509 : 1921),
    embedAndForward([{ url }]: readonly [{ readonly url: string }], length: number) {
      seen.push([imageDataCache.get(url), length]);
      return seen.length > 1 ? Promise.reject(new Error('device is lost')) : Promise.resolve();
    },
  };
  return { pipeline: pipeline as unknown as Pipeline, imageDataCache, scopes, seen };
}

const pixels = { width: 64, height: 48 } as ImageData;
const deps = { decode: () => Promise.resolve(pixels) };

describe('pictures through WebLLM', () => {
  it('are handed over as pixels, so that nothing is fetched, and not kept', async () => {
    const { pipeline, imageDataCache, scopes, seen } = createPipeline();
    const pass = createImagePass({ pipeline, architecture: 'phi3_v' }, deps)!;
    await pass.see(pictureOf(1), 1921);
    expect(seen).toEqual([[pixels, 1921]]);
    expect(scopes).toEqual(['begin', 'end']);
    expect(imageDataCache.size).toBe(0);
    await expect(pass.see(pictureOf(1), 1921)).rejects.toThrow('device is lost');
    expect(scopes).toHaveLength(4);
    expect(imageDataCache.size).toBe(0);
  });

  it('take as many positions as WebLLM says, if one call holds them and its shape has room in tiles', () => {
    const { pipeline } = createPipeline();
    const pass = createImagePass({ pipeline, architecture: 'phi3_v' }, deps)!;
    expect(pass.positionsOf({ width: 1200, height: 800 })).toBe(1921);
    const tooLarge = expect.objectContaining({ code: 'engine/limits' }) as Error;
    expect(() => pass.positionsOf({ width: 800, height: 800 })).toThrow(tooLarge);
    expect(() => pass.positionsOf({ width: 80, height: 1300 })).toThrow(tooLarge);
  });

  it.each(['image_embed', 'imageDataCache', 'computeImageEmbedSize', 'embedAndForward'])(
    'are refused where WebLLM has no %s',
    (name) => {
      const { pipeline } = createPipeline();
      Reflect.deleteProperty(pipeline, name);
      expect(createImagePass({ pipeline, architecture: 'phi3_v' }, deps)).toBeNull();
    },
  );

  it('are refused of an architecture whose way with pictures is not known', () => {
    const { pipeline } = createPipeline();
    expect(createImagePass({ pipeline, architecture: 'gemma3_v' }, deps)).toBeNull();
  });
});
