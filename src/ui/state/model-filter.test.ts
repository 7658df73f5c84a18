import { describe, expect, it } from 'vitest';
import { modelEntry } from '../models.fixture.ts';
import { filterChoices, isFiltering, NO_FILTER, sectionModels } from './model-filter.ts';

const fit = (verdict: 'fits' | 'tight' | 'too-big' | 'unsupported') => ({ verdict, reason: '' });
const entries = [
  modelEntry('qwen-small', { isRecommended: true }, { title: 'Qwen 3 · 0.6B', family: 'Qwen 3' }),
  modelEntry('qwen-big', { fit: fit('too-big') }, { title: 'Qwen 3 · 8B', family: 'Qwen 3' }),
  modelEntry('llama', { stored: 'paused' }, { title: 'Llama 3.2 · 1B', family: 'Llama 3.2' }),
  modelEntry('qwen-mid', { fit: fit('tight') }, { title: 'Qwen 3 · 4B', family: 'Qwen 3' }),
  modelEntry('arctic', { fit: fit('unsupported') }, { family: 'Arctic', features: ['embedding'] }),
];
const ids = (list: readonly { readonly model: { readonly id: string } }[]) => list.map(({ model }) => model.id);

describe('sectionModels', () => {
  it('shows every model once: what is here, then what is recommended, then the rest by family', () => {
    const sections = sectionModels(entries, NO_FILTER);
    expect(ids(sections.here)).toEqual(['llama']);
    expect(ids(sections.recommended)).toEqual(['qwen-small']);
    expect(sections.families.map(({ name, entries: list }) => [name, ids(list)])).toEqual([
      ['Qwen 3', ['qwen-big', 'qwen-mid']],
      ['Arctic', ['arctic']],
    ]);
    expect(sections.count).toBe(5);
  });

  it('finds a model by words in any order and case', () => {
    const sections = sectionModels(entries, { ...NO_FILTER, query: ' 0.6b QWEN ' });
    expect(sections.count).toBe(1);
    expect(ids(sections.recommended)).toEqual(['qwen-small']);
  });

  it('counts a tight model among those that fit', () => {
    const sections = sectionModels(entries, { ...NO_FILTER, onlyFitting: true });
    expect(sections.families.flatMap(({ entries: list }) => ids(list))).toEqual(['qwen-mid']);
    expect(sections.count).toBe(3);
  });

  it('narrows by feature and by family', () => {
    expect(sectionModels(entries, { ...NO_FILTER, feature: 'embedding' }).count).toBe(1);
    expect(sectionModels(entries, { ...NO_FILTER, family: 'Llama 3.2' }).count).toBe(1);
    expect(sectionModels(entries, { ...NO_FILTER, family: 'Llama 3.2', feature: 'embedding' }).count).toBe(0);
  });

  it('shows the models of the page’s server at once, unless they are many', () => {
    const offers = (count: number) =>
      Array.from({ length: count }, (_, at) => modelEntry(`own-${at}`, {}, { source: 'relay', family: 'Own' }));
    expect(ids(sectionModels(offers(2), NO_FILTER).ofServer)).toEqual(['own-0', 'own-1']);
    const many = sectionModels(offers(40), NO_FILTER);
    expect(many.ofServer).toEqual([]);
    expect(many.families[0]?.entries).toHaveLength(40);
  });

  it('takes blanks for no search', () => {
    expect(isFiltering({ ...NO_FILTER, query: '  ' })).toBe(false);
    expect(sectionModels(entries, { ...NO_FILTER, query: '  ' }).count).toBe(5);
  });
});

describe('filterChoices', () => {
  it('offers only what occurs', () => {
    const choices = filterChoices(entries);
    expect(choices.families).toEqual(['Arctic', 'Llama 3.2', 'Qwen 3']);
    expect([...choices.features]).toEqual(['chat', 'embedding']);
  });
});
