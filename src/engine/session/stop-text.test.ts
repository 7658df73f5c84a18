import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopText } from './stop-text.ts';

/** Feeds pieces and returns what was shown, piece by piece, and what was held back at the end. */
function feed(stops: readonly string[], pieces: readonly string[]) {
  const stopText = createStopText(stops);
  const shown: string[] = [];
  for (const piece of pieces) {
    const { text, isStopped } = stopText.push(piece);
    shown.push(text);
    if (isStopped) return { shown, isStopped, rest: stopText.flush() };
  }
  return { shown, isStopped: false, rest: stopText.flush() };
}

describe('stop texts', () => {
  it('cut the text before the stop, even in pieces', () => {
    expect(feed(['STOP'], ['abS', 'TO', 'Pcd'])).toEqual({ shown: ['ab', '', ''], isStopped: true, rest: '' });
    expect(feed(['\n\n'], ['a\n', 'b\n', '\nc'])).toEqual({ shown: ['a', '\nb', ''], isStopped: true, rest: '' });
  });

  it('hold back only what may become a stop', () => {
    expect(feed(['STOP'], ['abSTO', 'x'])).toEqual({ shown: ['ab', 'STOx'], isStopped: false, rest: '' });
    expect(feed(['STOP'], ['abST'])).toEqual({ shown: ['ab'], isStopped: false, rest: 'ST' });
  });

  it('take the first of several', () => {
    expect(feed(['cd', 'bcd'], ['abcde']).shown).toEqual(['a']);
  });

  it('change nothing where there is none, or only an empty one', () => {
    expect(feed([], ['a', 'b'])).toEqual({ shown: ['a', 'b'], isStopped: false, rest: '' });
    expect(feed([''], ['a']).shown).toEqual(['a']);
  });

  it('cut where a search of the whole text would, whatever the pieces', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 10 }), fc.array(letters, { maxLength: 3 }), (pieces, stops) => {
        const whole = pieces.join('');
        const ends = stops.filter((stop) => stop !== '' && whole.includes(stop)).map((stop) => whole.indexOf(stop));
        const { shown, isStopped, rest } = feed(stops, pieces);
        expect(isStopped).toBe(ends.length > 0);
        // A longer stop that begins earlier may still be open when a shorter one is whole.
        const text = shown.join('') + rest;
        if (isStopped) expect(stops.some((stop) => stop !== '' && whole.startsWith(text + stop))).toBe(true);
        else expect(text).toBe(whole);
      }),
      { numRuns: 1000 },
    );
  });
});
