import { describe, expect, it } from 'vitest';
import { toPlainText } from './plain-text.ts';

describe('toPlainText', () => {
  it('speaks words, not marks, and leaves the thinking out', () => {
    const answer = '<think>hm</think>## Title\n\nA **bold** [link](https://a.example) and `code`.\n\n- one\n- two';
    expect(toPlainText(answer, 500)).toBe('Title A bold link and code. one; two');
  });

  it('ends a long answer with an ellipsis', () => {
    const text = toPlainText('word '.repeat(500), 60);
    expect(text.length).toBeLessThanOrEqual(61);
    expect(text.endsWith('…')).toBe(true);
  });
});
