import type { SiteModel } from '../../protocol/site-config.ts';
import type { CatalogueModel } from './catalogue-model.ts';
import { memoryBytesOf } from './estimates.ts';
import { runtimesOf } from './runtimes.ts';

/** A model that the page's own server offers; null where nothing here can run it. `origin` is the page's. */
export function describeSiteModel(model: SiteModel, origin: string): CatalogueModel | null {
  const libraryUrl = model.libraryUrl === null ? null : new URL(model.libraryUrl, origin).href;
  const runtimes = runtimesOf({ libraryUrl, modelType: model.modelType, quantization: model.quantization });
  if (runtimes.length === 0) return null;
  const bytes = model.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    id: model.id,
    title: model.title,
    family: model.title.split(' ')[0]!,
    source: 'relay',
    baseUrl: new URL(model.baseUrl, origin).href,
    libraryUrl,
    parameterCount: null,
    quantization: model.quantization,
    download: { bytes, isExact: true },
    memoryBytes: memoryBytesOf(bytes, model.quantization),
    largestBufferBytes: null,
    requiredFeatures: libraryUrl !== null && model.quantization.includes('f16') ? ['shader-f16'] : [],
    contextLimit: model.contextLimit,
    license: null,
    features: ['chat'],
    runtimes,
    isLowResource: false,
  };
}
