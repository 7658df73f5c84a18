import { describe, expect, it } from 'vitest';
import { splitThinking } from './thinking.ts';

describe('splitThinking', () => {
  it('leaves an answer without thinking alone', () => {
    expect(splitThinking('Hello <think> there')).toEqual([
      { kind: 'answer', text: 'Hello <think> there', open: false },
    ]);
  });

  it('separates the thinking from the answer', () => {
    expect(splitThinking('\n<think>\na\n</think>\n\nb')).toEqual([
      { kind: 'thinking', text: 'a', open: false },
      { kind: 'answer', text: 'b', open: false },
    ]);
  });

  it('shows no half of a tag at any length of the stream', () => {
    const whole = '<think>one two</think>three';
    for (let length = 0; length <= whole.length; length += 1) {
      for (const part of splitThinking(whole.slice(0, length))) expect(part.text).not.toMatch(/[<>]|\/t/);
    }
  });

  it('drops empty thinking', () => {
    expect(splitThinking('<think>\n</think>\n\nyes')).toEqual([{ kind: 'answer', text: 'yes', open: false }]);
  });

  it('marks thinking that has not ended', () => {
    expect(splitThinking('<think>so')).toEqual([{ kind: 'thinking', text: 'so', open: true }]);
  });
});
