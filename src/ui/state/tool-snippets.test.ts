import { describe, expect, it } from 'vitest';
import { toolSnippets } from './tool-snippets.ts';

describe('toolSnippets', () => {
  it('name the address and the model, and hold no key', () => {
    const snippets = toolSnippets('https://relay.example.org/v1', 'Qwen3-8B');
    expect(snippets.map(({ language }) => language)).toEqual(['bash', 'python']);
    for (const { code } of snippets) {
      expect(code).toContain('https://relay.example.org/v1');
      expect(code).toContain('"Qwen3-8B"');
      expect(code).toContain('YOUR_KEY');
    }
  });

  it('write a body that is JSON', () => {
    const [curl] = toolSnippets('http://127.0.0.1:4173/v1', 'm');
    expect(JSON.parse(/-d '(.*)'$/s.exec(curl!.code)![1]!)).toMatchObject({ model: 'm' });
  });
});
