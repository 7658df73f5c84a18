import { describe, expect, it } from 'vitest';
import { safeHref } from './safe-href.ts';

describe('safeHref', () => {
  it.each([
    ['https://example.org/a?b=1#c', 'https://example.org/a?b=1#c'],
    [' http://example.org ', 'http://example.org/'],
    ['HTTPS://EXAMPLE.ORG', 'https://example.org/'],
    ['mailto:a@example.org', 'mailto:a@example.org'],
  ])('takes %j', (address, href) => {
    expect(safeHref(address)).toBe(href);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'javascript&#58;alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://example.org/x',
    'file:///etc/passwd',
    'filesystem:https://example.org/x',
    '//example.org',
    '/models',
    '#/c/x',
    'example.org',
    '',
    'https://',
    'https://bank.example@evil.example/',
    `https://example.org/${'a'.repeat(3000)}`,
  ])('refuses %j', (address) => {
    expect(safeHref(address)).toBeNull();
  });
});
