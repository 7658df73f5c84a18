import type { CatalogueModel } from './catalogue-model.ts';
import { fitOf } from './fit.ts';
import type { DeviceFacts, Fit } from './fit.ts';

export interface RankedModel {
  readonly model: CatalogueModel;
  readonly fit: Fit;
  /** Belongs to the short list for this device. */
  readonly isRecommended: boolean;
}

/** Longest short list. */
const MAX_RECOMMENDED = 4;

/** Families for the short list, most useful first: recent general chat models under licences that most may use. */
const PREFERRED = ['Qwen 3', 'Llama 3.2', 'Gemma 3', 'SmolLM2', 'Phi 4', 'Qwen 2.5', 'Llama 3.1', 'OLMo 2'];

/** Quantisations by what they give for their size: 4 bits with half or full precision, then the whole weights. */
const QUANTIZATIONS = ['q4f16_1', 'q4f32_1', 'q0f16', 'q0f32'];

const VERDICTS: readonly Fit['verdict'][] = ['fits', 'tight', 'too-big', 'unsupported'];

/** The models, best for this device first, with a short list among them. */
export function rankModels(models: readonly CatalogueModel[], device: DeviceFacts): readonly RankedModel[] {
  const judged = models.map((model) => ({ model, fit: fitOf(model, device) }));
  const recommended = shortList(judged, device);
  return judged
    .map((one) => ({ ...one, isRecommended: recommended.includes(one.model.id) }))
    .sort(
      (a, b) =>
        VERDICTS.indexOf(a.fit.verdict) - VERDICTS.indexOf(b.fit.verdict) ||
        placeIn(recommended, a.model.id) - placeIn(recommended, b.model.id) ||
        // Of those that fit the most capable first, of those that do not the one that misses least.
        (a.fit.verdict === 'fits'
          ? b.model.memoryBytes - a.model.memoryBytes
          : a.model.memoryBytes - b.model.memoryBytes) ||
        (a.model.id < b.model.id ? -1 : 1),
    );
}

/** Ids: what the page's own server offers, then of each preferred family the most capable that fits, and one small one. */
function shortList(
  judged: readonly { readonly model: CatalogueModel; readonly fit: Fit }[],
  device: DeviceFacts,
): readonly string[] {
  const fitting = judged.filter(({ model, fit }) => fit.verdict === 'fits' && model.features.includes('chat'));
  const offered = fitting.map(({ model }) => model).filter(({ source }) => source === 'relay');
  const listed = fitting.map(({ model }) => model).filter(({ source }) => source === 'catalogue');
  const best = PREFERRED.flatMap((family) => {
    const [first] = listed.filter((model) => model.family === family).sort((a, b) => preference(a, b, device));
    return first ?? [];
  });
  const chosen = [...offered, ...best].slice(0, MAX_RECOMMENDED);
  const small = listed
    .filter((model) => PREFERRED.includes(model.family) && (model.parameterCount ?? Infinity) < 1e9)
    .sort((a, b) => PREFERRED.indexOf(a.family) - PREFERRED.indexOf(b.family) || preference(a, b, device))
    .find((model) => !chosen.some(({ id }) => id === model.id));
  return [...new Set([...chosen, ...(small === undefined ? [] : [small])].map(({ id }) => id))];
}

/** Sorts the better first: more parameters, the whole context, no thinking aloud of code, the leaner quantisation. */
function preference(a: CatalogueModel, b: CatalogueModel, device: DeviceFacts): number {
  const f16 = (model: CatalogueModel) =>
    device.adapter?.hasF16 === false && model.requiredFeatures.includes('shader-f16') ? 1 : 0;
  const isSpecial = (model: CatalogueModel) =>
    model.features.some((feature) => ['code', 'math', 'vision', 'embedding'].includes(feature)) ? 1 : 0;
  return (
    isSpecial(a) - isSpecial(b) ||
    (b.parameterCount ?? 0) - (a.parameterCount ?? 0) ||
    (b.contextLimit ?? 0) - (a.contextLimit ?? 0) ||
    f16(a) - f16(b) ||
    placeIn(QUANTIZATIONS, a.quantization) - placeIn(QUANTIZATIONS, b.quantization) ||
    (a.id < b.id ? -1 : 1)
  );
}

/** After everything that is listed where it is not. */
function placeIn(list: readonly string[], value: string): number {
  const place = list.indexOf(value);
  return place === -1 ? list.length : place;
}
