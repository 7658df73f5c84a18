import type { ModelEntry } from '../../node/app.ts';
import type { Feature } from './model-text.ts';

/** What a person narrows the models down to; nulls and the empty text let everything through. */
export interface ModelFilter {
  readonly query: string;
  readonly onlyFitting: boolean;
  readonly feature: Feature | null;
  readonly family: string | null;
}

export const NO_FILTER: ModelFilter = { query: '', onlyFitting: false, feature: null, family: null };

/** As many cards are shown at once without a fold. */
const MAX_OF_SERVER = 12;

export interface ModelFamily {
  readonly name: string;
  readonly entries: readonly ModelEntry[];
}

/** The models on the page, in its order. */
export interface ModelSections {
  /** Stored, on their way, held or broken. */
  readonly here: readonly ModelEntry[];
  /** Added by the person, not downloaded yet. */
  readonly added: readonly ModelEntry[];
  readonly recommended: readonly ModelEntry[];
  /** Offered by the server of the page, where it is a short list; a long one is among the families. */
  readonly ofServer: readonly ModelEntry[];
  /** All others by family, in the order of each family's first model. */
  readonly families: readonly ModelFamily[];
  readonly count: number;
}

export function isFiltering(filter: ModelFilter): boolean {
  return filter.query.trim() !== '' || filter.onlyFitting || filter.feature !== null || filter.family !== null;
}

/** Keeps what matches, in the given order: every word of the query occurs somewhere in the model's names. */
export function sectionModels(entries: readonly ModelEntry[], filter: ModelFilter): ModelSections {
  const words = filter.query.toLowerCase().split(/\s+/u);
  const here: ModelEntry[] = [];
  const added: ModelEntry[] = [];
  const recommended: ModelEntry[] = [];
  const others: ModelEntry[] = [];
  for (const entry of entries) {
    if (!matches(entry, filter, words)) continue;
    if (entry.stored !== 'absent') here.push(entry);
    else if (entry.model.source === 'custom') added.push(entry);
    else if (entry.isRecommended) recommended.push(entry);
    else others.push(entry);
  }
  const ofServer = others.filter(({ model }) => model.source === 'relay');
  const isShort = ofServer.length <= MAX_OF_SERVER;
  return {
    here,
    added,
    recommended,
    ofServer: isShort ? ofServer : [],
    families: byFamily(isShort ? others.filter(({ model }) => model.source !== 'relay') : others),
    count: here.length + added.length + recommended.length + others.length,
  };
}

function byFamily(entries: readonly ModelEntry[]): readonly ModelFamily[] {
  const families = new Map<string, ModelEntry[]>();
  for (const entry of entries) {
    const siblings = families.get(entry.model.family);
    if (siblings === undefined) families.set(entry.model.family, [entry]);
    else siblings.push(entry);
  }
  return [...families].map(([name, list]) => ({ name, entries: list }));
}

/** Features and families that occur, for the menus. */
export function filterChoices(entries: readonly ModelEntry[]): {
  readonly features: ReadonlySet<Feature>;
  readonly families: readonly string[];
} {
  return {
    features: new Set(entries.flatMap(({ model }) => model.features)),
    families: [...new Set(entries.map(({ model }) => model.family))].sort((a, b) => a.localeCompare(b, 'en')),
  };
}

function matches({ model, fit }: ModelEntry, filter: ModelFilter, words: readonly string[]): boolean {
  if (filter.onlyFitting && fit.verdict !== 'fits' && fit.verdict !== 'tight') return false;
  if (filter.feature !== null && !model.features.includes(filter.feature)) return false;
  if (filter.family !== null && model.family !== filter.family) return false;
  const names = `${model.title} ${model.family} ${model.id}`.toLowerCase();
  return words.every((word) => names.includes(word));
}
