import { describe, expect, it } from 'vitest';
import { jsonBlock } from './json-block.ts';

describe('an answer that is JSON', () => {
  it.each(['{"a": 1}', ' [1, 2]\n', '{}'])('becomes a block of code: %j', (text) => {
    expect(jsonBlock(text)).toBe(`\`\`\`json\n${text.trim()}\n\`\`\``);
  });

  it('keeps its numbers as they were written', () => {
    expect(jsonBlock('{"a": 1.50}')).toContain('1.50');
  });

  it('cannot end its block', () => {
    expect(jsonBlock('{"a": "```` b"}').startsWith('`````json\n')).toBe(true);
  });

  it.each(['Weft is {"a": 1}', '{"a": ', '42', '"text"', '', '[link](https://weft.test)', '{not json}'])(
    'is no other text: %j',
    (text) => {
      expect(jsonBlock(text)).toBe(text);
    },
  );
});
