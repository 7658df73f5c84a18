import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parsePublished } from './parse-published.ts';

const schema = v.object({ records: v.array(v.object({ size: v.number() })) });

describe('what a publisher wrote', () => {
  it('is read into our form', () => {
    const json = { records: [{ size: 1, more: 2 }], other: true };
    expect(parsePublished(schema, json)).toEqual({ success: true, output: { records: [{ size: 1 }] } });
  });

  it('is read no further than its first wrong value', () => {
    const later = {
      get size(): number {
        throw new Error('it was read on');
      },
    };
    expect(parsePublished(schema, { records: [{ size: 'large' }, later] })).toEqual({
      success: false,
      issue: 'records.0.size: Invalid type: Expected number but received "large"',
    });
  });

  it.each<[string, v.GenericSchema, unknown]>([
    ['value', schema, { records: [{ size: 'x'.repeat(1e6) }] }],
    ['name', v.record(v.string(), v.number()), { ['x'.repeat(1e6)]: 'one' }],
  ])('is quoted in short, however long a wrong %s is', (_what, form, json) => {
    const parsed = parsePublished(form, json);
    expect(parsed).toMatchObject({ success: false, issue: expect.stringMatching(/^.{299}…$/u) as string });
  });
});
