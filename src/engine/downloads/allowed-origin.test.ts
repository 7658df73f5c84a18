import { expect, test } from 'vitest';
import { checkAllowed } from './allowed-origin.ts';

const hosts = ['https://huggingface.co', 'https://*.example.org', 'http://localhost:8081'];
const check = (url: string) => () => checkAllowed(url, { origin: 'http://localhost:8080', hosts });

test.each([
  'http://localhost:8080/models/a.bin',
  'https://huggingface.co/a/b/resolve/main/',
  'https://cdn.example.org/x',
  'https://a.b.example.org/x',
  'http://localhost:8081/x',
])('allows %s', (url) => {
  expect(check(url)).not.toThrow();
});

test.each([
  'https://huggingface.co.evil.example/a',
  'http://huggingface.co/a',
  'https://huggingface.co:8443/a',
  'https://example.org/a',
  'https://badexample.org/a',
  'https://cdn.example.org:444/a',
  'https://user@evil.example/https://huggingface.co/',
  'data:application/wasm,x',
])('refuses %s', (url) => {
  expect(check(url)).toThrow(expect.objectContaining({ code: 'download/host-not-allowed' }));
});
