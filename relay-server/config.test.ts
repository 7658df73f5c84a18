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

describe('the chain', () => {
  const rpc = 'https://rpc.example.org/v3/key';

  test('is the relay’s own where nothing is said', () => {
    expect(readConfig({}).chain).toEqual({ kind: 'default' });
    expect(readConfig({}).dataFolder).toMatch(/[\\/]\.weft[\\/]?$/);
    expect(readConfig({ WEFT_CHAIN: 'embedded' }).chain).toEqual({ kind: 'embedded' });
    expect(readConfig({ WEFT_CHAIN: 'none' }).chain).toEqual({ kind: 'none' });
  });

  test('may be any other, by the addresses of its RPCs and its contracts', () => {
    const { chain } = readConfig({ WEFT_RPC_URL: `${rpc}, http://localhost:8545`, WEFT_CONTRACTS: '/etc/weft.json' });
    expect(chain).toEqual({
      kind: 'external',
      rpcUrls: [rpc, 'http://localhost:8545/'],
      contractsFile: '/etc/weft.json',
    });
  });

  test.each([
    [{ WEFT_CHAIN: 'own' }, /WEFT_CHAIN must be embedded or none/],
    [{ WEFT_RPC_URL: rpc }, /both WEFT_RPC_URL and WEFT_CONTRACTS/],
    [{ WEFT_CONTRACTS: 'x.json' }, /both WEFT_RPC_URL and WEFT_CONTRACTS/],
    [{ WEFT_CHAIN: 'none', WEFT_RPC_URL: rpc, WEFT_CONTRACTS: 'x.json' }, /exclude one another/],
    [{ WEFT_RPC_URL: 'wss://rpc.example.org/secret', WEFT_CONTRACTS: 'x.json' }, /WEFT_RPC_URL must be a web address/],
    [{ WEFT_RPC_URL: Array(9).fill(rpc).join(), WEFT_CONTRACTS: 'x.json' }, /names 9 addresses; 1 to 8/],
    [{ WEFT_ONRAMP_URL: 'http://shop.example' }, /WEFT_ONRAMP_URL must be a web address/],
    [{ WEFT_HOSTS: 'https://chat.example.org' }, /WEFT_HOSTS holds "https:\/\/chat\.example\.org".*chat\.example\.org/],
  ])('refuses %j with what to write', (env: Record<string, string>, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });

  test('never repeats the address of an RPC, which often holds a key', () => {
    expect(() => readConfig({ WEFT_RPC_URL: 'wss://rpc.example.org/secret', WEFT_CONTRACTS: 'x' })).not.toThrow(
      /secret/,
    );
  });
});

describe('WEFT_HOSTS', () => {
  test.each([
    ['', []],
    ['Chat.example.org, other.example', ['chat.example.org', 'other.example']],
    ['a.example,a.example', ['a.example']],
  ])('%s gives %j', (text, hosts) => {
    expect(readConfig({ WEFT_HOSTS: text }).hosts).toEqual(hosts);
  });
});
