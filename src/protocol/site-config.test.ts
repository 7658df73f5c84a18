import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { siteConfigSchema } from './site-config.ts';

const model = {
  id: 'Small',
  title: 'Small',
  baseUrl: '/models-of-relay/Small/',
  libraryUrl: null,
  files: [],
  modelType: 'llama',
  quantization: 'q4f16_1',
  contextLimit: null,
};
const isRead = (baseUrl: string) =>
  v.is(siteConfigSchema, { version: 1, modelHosts: [], models: [{ ...model, baseUrl }] });

describe("a model's path on the server of the page", () => {
  it.each(['/a/', '/models-of-relay/Qwen3-0.6B_q4.1/'])('may be %s', (path) => {
    expect(isRead(path)).toBe(true);
  });

  it.each(['/', '//host/', '/a//b/', '/a/../b/', '/.hidden/', 'a/', 'https://host/', '/a/?b/', '/a%2f/', '/a'])(
    'may not be %s',
    (path) => {
      expect(isRead(path)).toBe(false);
    },
  );

  it('is refused in one reading where it is long and wrong', () => {
    // With two ways to read each letter this takes minutes, and twice as long for every further one.
    expect(isRead(`/${'a'.repeat(30)}!/`)).toBe(false);
  });
});

describe('the chain of a site', () => {
  const contracts = Object.fromEntries(
    ['token', 'registry', 'models', 'settlement', 'quorum', 'scores'].map((name) => [name, `0x${'Ab'.repeat(20)}`]),
  );
  const chain = {
    chainId: 1,
    rpcUrls: ['/rpc', 'https://rpc.example.org/key'],
    fromBlock: 0,
    contracts,
    isEmbedded: true,
    onRampUrl: null,
  };
  const read = (part: object) => v.safeParse(siteConfigSchema, { version: 1, modelHosts: [], models: [], ...part });

  it('is none where an older server said nothing of it', () => {
    expect(read({}).output).toMatchObject({ chain: null });
  });

  it('is read again as it was stored', () => {
    const once = v.parse(siteConfigSchema, { version: 1, modelHosts: [], models: [], chain });
    expect(once.chain?.contracts.token).toBe(`0x${'ab'.repeat(20)}`);
    expect(v.parse(siteConfigSchema, once)).toEqual(once);
  });

  it.each([
    ['an RPC elsewhere on the server', { rpcUrls: ['/other'] }],
    ['an RPC that is no web address', { rpcUrls: ['javascript:alert(1)'] }],
    ['no RPC', { rpcUrls: [] }],
    ['a shop without https', { onRampUrl: 'http://shop.example' }],
    ['a contract that is missing', { contracts: { ...contracts, token: undefined } }],
  ])('may not have %s', (_, part) => {
    expect(read({ chain: { ...chain, ...part } }).success).toBe(false);
  });
});
