import { describe, expect, test } from 'vitest';
import { createRelayApp } from './app.ts';
import { readConfig } from './config.ts';

describe('WEFT_MODEL_HOSTS', () => {
  test.each([
    [undefined, ['https://huggingface.co', 'https://raw.githubusercontent.com']],
    ['', ['https://huggingface.co', 'https://raw.githubusercontent.com']],
    ['none', []],
    ['https://models.example.org', ['https://models.example.org']],
    [' https://a.example , https://*.b.example:8443, ', ['https://a.example', 'https://*.b.example:8443']],
    ['https://a.example,https://a.example', ['https://a.example']],
    ['http://localhost:9000', ['http://localhost:9000']],
  ])('%s gives %j', (text, hosts) => {
    expect(readConfig({ WEFT_MODEL_HOSTS: text }).modelHosts).toEqual(hosts);
  });

  test.each([
    'http://models.example.org',
    'models.example.org',
    'https://models.example.org/',
    'https://models.example.org/path',
    'https://user@models.example.org',
    'https://*',
    'https:',
    '*',
    'https://a.*.example',
    "https://a.example; script-src 'unsafe-eval'",
    'https://a.example https://b.example',
    'none,https://a.example',
    'https://A.example',
  ])('refuses %s and says what to write', (text) => {
    expect(() => readConfig({ WEFT_MODEL_HOSTS: text })).toThrow(/WEFT_MODEL_HOSTS.*https:\/\/huggingface\.co.*none/);
  });

  test('refuses more hosts than a policy should name', () => {
    const hosts = Array.from({ length: 33 }, (_, index) => `https://h${index}.example`).join(',');
    expect(() => readConfig({ WEFT_MODEL_HOSTS: hosts })).toThrow(/WEFT_MODEL_HOSTS names 33 hosts; at most 32/);
  });
});

describe('WEFT_BEHIND_PROXY', () => {
  test.each([
    [undefined, false],
    ['no', false],
    ['yes', true],
  ])('%s gives %s', (text, isBehindProxy) => {
    expect(readConfig({ WEFT_BEHIND_PROXY: text }).isBehindProxy).toBe(isBehindProxy);
  });

  test('takes nothing else', () => {
    expect(() => readConfig({ WEFT_BEHIND_PROXY: '10.0.0.1' })).toThrow('WEFT_BEHIND_PROXY must be yes or no');
  });
});

describe('the policy of the page', () => {
  const connectSources = async (modelHosts: readonly string[]) => {
    const answer = await createRelayApp({ pageFolder: '.', version: '1', modelHosts }).request('/healthz');
    const policy = answer.headers.get('content-security-policy') ?? '';
    return {
      others: policy.replace(/connect-src [^;]*/, ''),
      sources: /connect-src ([^;]*)/.exec(policy)?.[1]?.split(' '),
    };
  };

  test('names no other origin where no host is configured', async () => {
    const { sources, others } = await connectSources([]);
    expect(sources).toEqual(["'self'", 'blob:']);
    expect(others).not.toMatch(/https?:/);
  });

  test('lets data come from the configured hosts, and nothing else', async () => {
    const hosts = ['https://models.example.org', 'https://*.cdn.example'];
    const { sources, others } = await connectSources(hosts);
    expect(sources).toEqual(["'self'", 'blob:', ...hosts]);
    expect(others).toBe((await connectSources([])).others);
  });

  test('lets Hugging Face send the browser on to where its files lie', async () => {
    const { sources } = await connectSources(readConfig({}).modelHosts);
    expect(sources).toEqual([
      "'self'",
      'blob:',
      'https://huggingface.co',
      'https://*.huggingface.co',
      'https://*.hf.co',
      'https://raw.githubusercontent.com',
    ]);
  });

  test('compiles WebAssembly, and evaluates no text', async () => {
    const { others } = await connectSources([]);
    expect(others).toContain("script-src 'self' 'wasm-unsafe-eval';");
  });
});
