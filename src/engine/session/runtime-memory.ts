import * as v from 'valibot';
import type { RuntimeName } from '../catalogue/catalogue-model.ts';
import type { AdapterInfo, ModelRef } from '../engine.ts';

interface MeasuredRuntime {
  readonly runtime: RuntimeName;
  /** What it was measured on. */
  readonly adapter: AdapterInfo;
}

/** Remembers which runtime was the fastest for a model. Losing it costs a measurement and no more. */
export interface RuntimeMemory {
  read(ref: ModelRef): Promise<MeasuredRuntime | null>;
  write(ref: ModelRef, measured: MeasuredRuntime): Promise<void>;
}

/** The name carries the version of what is compared: another one measures again. */
const CACHE_NAME = 'weft/runtimes/1';

const schema = v.object({
  runtime: v.picklist(['builtin', 'webllm']),
  adapter: v.object({
    vendor: v.string(),
    architecture: v.string(),
    description: v.string(),
    isFallback: v.boolean(),
    hasF16: v.boolean(),
    maxBufferBytes: v.number(),
  }),
});

/** Kept in the Cache API; null where the browser has none, and then nothing is remembered. */
export function createRuntimeMemory(caches: CacheStorage | null): RuntimeMemory {
  const open = async () => (await caches?.open(CACHE_NAME).catch(() => null)) ?? null;
  const keyOf = ({ baseUrl, libraryUrl }: ModelRef) =>
    new URL(`/weft-runtime?${new URLSearchParams({ baseUrl, libraryUrl: libraryUrl ?? '' })}`, location.origin).href;
  return {
    async read(ref) {
      const cache = await open();
      const stored = await cache?.match(keyOf(ref)).catch(() => undefined);
      const parsed = v.safeParse(schema, await stored?.json().catch(() => null));
      return parsed.success ? parsed.output : null;
    },
    async write(ref, measured) {
      const cache = await open();
      await cache?.put(keyOf(ref), new Response(JSON.stringify(measured))).catch(() => undefined);
    },
  };
}
