import { describe, expect, it } from 'vitest';
import { decodeEntities } from './decode-entities.ts';

describe('decodeEntities', () => {
  it('reads named, decimal and hexadecimal references', () => {
    expect(decodeEntities('a &amp; b &lt;c&gt; &#8212; &#x1F600; &nbsp;|')).toBe('a & b <c> — 😀 \u00a0|');
  });

  it('leaves unknown names and broken references as they are', () => {
    expect(decodeEntities('&nope; &constructor; &amp &#; &#x; R&D')).toBe('&nope; &constructor; &amp &#; &#x; R&D');
  });

  it('replaces what is no character', () => {
    expect(decodeEntities('&#0;&#xD800;&#x110000;')).toBe('\ufffd\ufffd\ufffd');
  });

  it('decodes once', () => {
    expect(decodeEntities('&amp;lt;')).toBe('&lt;');
  });
});
