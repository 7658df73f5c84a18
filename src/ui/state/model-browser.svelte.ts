import { SvelteSet } from 'svelte/reactivity';
import { filterChoices, isFiltering, NO_FILTER, sectionModels, type ModelFilter } from './model-filter.ts';
import type { ModelList } from './models.svelte.ts';
import { describeNoneRecommended } from './none-recommended.ts';

/** Cards of a search that are drawn at once. */
const PAGE_CARDS = 24;

/** What the person looks at on the models' screen: search, filters, opened families. */
export class ModelBrowser {
  readonly #models: ModelList;
  readonly #open = new SvelteSet<string>();
  #filter = $state.raw<ModelFilter>(NO_FILTER);
  #limit = $state(PAGE_CARDS);

  readonly #sections = $derived.by(() => sectionModels(this.#models.offered, this.#filter));
  readonly #choices = $derived.by(() => filterChoices(this.#models.offered));
  readonly #isFiltering = $derived(isFiltering(this.#filter));
  /** With a filter every family is open, as far as the page's cards reach. */
  readonly #families = $derived.by(() => {
    const { families } = this.#sections;
    if (!this.#isFiltering) return families;
    let left = this.#limit;
    return families.flatMap(({ name, entries }) => {
      const shown = entries.slice(0, Math.max(0, left));
      left -= shown.length;
      return shown.length > 0 ? [{ name, entries: shown }] : [];
    });
  });

  constructor(models: ModelList) {
    this.#models = models;
  }

  get filter(): ModelFilter {
    return this.#filter;
  }

  get isFiltering(): boolean {
    return this.#isFiltering;
  }

  get sections() {
    return this.#sections;
  }

  /** Why nothing is recommended, in one sentence; null where something is, and while the person searches. */
  get noneRecommended(): string | null {
    return this.#isFiltering ? null : describeNoneRecommended(this.#models.offered, this.#models.adapter);
  }

  get choices() {
    return this.#choices;
  }

  get families() {
    return this.#families;
  }

  /** Matches that are not drawn yet. */
  get hidden(): number {
    const count = (families: typeof this.families) => families.reduce((sum, { entries }) => sum + entries.length, 0);
    return count(this.#sections.families) - count(this.#families);
  }

  narrow(part: Partial<ModelFilter>): void {
    this.#filter = { ...this.#filter, ...part };
    this.#limit = PAGE_CARDS;
  }

  clear(): void {
    this.narrow(NO_FILTER);
  }

  showMore(): void {
    this.#limit += PAGE_CARDS;
  }

  isOpen(family: string): boolean {
    return this.#isFiltering || this.#open.has(family);
  }

  toggle(family: string): void {
    if (!this.#open.delete(family)) this.#open.add(family);
  }
}
