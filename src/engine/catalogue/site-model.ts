import type { SiteModel } from '../../protocol/site-config.ts';
import type { CatalogueModel } from './catalogue-model.ts';
import { memoryBytesOf } from './estimates.ts';
import { runtimesOf, VISION_TYPES } from './runtimes.ts';

/**
 * A model that the page's own server offers; null where nothing here can run it. `origin` is the page's; `known` is the
 * model of the same name in WebLLM's catalogue, if there is one: the same model from a nearer place.
 */
export function describeSiteModel(
  model: SiteModel,
  origin: string,
  known: CatalogueModel | undefined,
): CatalogueModel | null {
  const libraryUrl = model.libraryUrl === null ? null : new URL(model.libraryUrl, origin).href;
  const runtimes = runtimesOf({ libraryUrl, modelType: model.modelType, quantization: model.quantization });
  if (runtimes.length === 0) return null;
  const bytes = model.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    id: model.id,
    title: known?.title ?? model.title,
    family: known?.family ?? model.title.split(' ')[0]!,
    source: 'relay',
    baseUrl: new URL(model.baseUrl, origin).href,
    libraryUrl,
    parameterCount: known?.parameterCount ?? null,
    quantization: model.quantization,
    download: { bytes, isExact: true },
    memoryBytes: known?.memoryBytes ?? memoryBytesOf(bytes, model.quantization),
    largestBufferBytes: known?.largestBufferBytes ?? null,
    requiredFeatures: libraryUrl !== null && model.quantization.includes('f16') ? ['shader-f16'] : [],
    // The catalogue's is the library's; the model's own configuration may allow more than memory does.
    contextLimit: known?.contextLimit ?? model.contextLimit,
    license: known?.license ?? null,
    features: known?.features ?? (VISION_TYPES.includes(model.modelType) ? ['chat', 'vision'] : ['chat']),
    runtimes,
    isLowResource: known?.isLowResource ?? false,
  };
}
