import type { AdapterInfo } from '../engine.ts';
import type { KernelVariants } from './kernels/kernel-variants.ts';
import { parseKernelVariants } from './kernels/parse-kernel-variants.ts';
import type { ModelConfig } from './model/model-config.ts';
import type { ChooseVariants } from './builtin-runtime.ts';

/** The cache's name carries the version of what is measured: a new one measures again. */
const CACHE_NAME = 'weft/kernel-variants/1';

export interface RememberedVariantsDeps {
  /** Null where the browser has none; then every start measures. */
  readonly caches: CacheStorage | null;
  readonly measure: (
    device: GPUDevice,
    config: ModelConfig,
    options: { readonly signal?: AbortSignal },
  ) => Promise<KernelVariants>;
}

/**
 * Measures once per adapter, quantisation and width, and remembers the result in this profile. What is remembered only
 * decides which of several equivalent kernels runs, so a lost, damaged or refused store costs a measurement and no more.
 */
export function createRememberedVariants(deps: RememberedVariantsDeps): ChooseVariants {
  const openCache = async (): Promise<Cache | null> => (await deps.caches?.open(CACHE_NAME).catch(() => null)) ?? null;
  return async (device, config, options) => {
    // Browsers before 2025 do not say which adapter a device is of.
    const adapter = device.adapterInfo as GPUAdapterInfo | undefined;
    const cache = adapter === undefined ? null : await openCache();
    if (adapter === undefined || cache === null) return deps.measure(device, config, options);
    const key = addressOf(adapter, config);
    const stored = await cache.match(key).catch(() => undefined);
    const known = parseKernelVariants(await stored?.json().catch(() => null));
    if (known !== null) return known;
    const measured = await deps.measure(device, config, options);
    await cache.put(key, new Response(JSON.stringify(measured))).catch(() => undefined);
    return measured;
  };
}

/** Caches are keyed by address; this one is never fetched. */
function addressOf(
  adapter: Pick<AdapterInfo, 'vendor' | 'architecture' | 'description'>,
  { quantization, hiddenSize, intermediateSize }: ModelConfig,
): string {
  const parts = [adapter.vendor, adapter.architecture, adapter.description, quantization, hiddenSize, intermediateSize];
  return `/kernel-variants/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}
