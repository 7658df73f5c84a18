import { HDKey } from '@scure/bip32';
import { mnemonicToSeedSync } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import fc from 'fast-check';
import { mnemonicToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import type { WeftError } from '../protocol/errors.ts';
import { toHex } from '../protocol/ids.ts';
import { deriveKey } from './derive-key.ts';
import { entropyOf, newEntropy, phraseOf } from './phrase.ts';

const entropies = fc
  .constantFrom(16, 32)
  .chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
  .map((bytes) => Uint8Array.from(bytes));
const badPhrase = expect.objectContaining({ code: 'identity/bad-phrase' }) as Error;

/** Entropy, phrase and seed with the password "TREZOR", from the vectors published with BIP-39. */
const BIP39_VECTORS: readonly [entropy: string, phrase: string, seed: string][] = [
  [
    '0x00000000000000000000000000000000',
    `${'abandon '.repeat(11)}about`,
    '0xc55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04',
  ],
  [
    '0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    `${'zoo '.repeat(23)}vote`,
    '0xdd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad',
  ],
];

describe('recovery phrase', () => {
  it.each(BIP39_VECTORS)('agrees with BIP-39 for entropy %s', (entropy, phrase, seed) => {
    const bytes = entropyOf(phrase);
    expect(toHex(bytes)).toBe(entropy);
    expect(phraseOf(bytes)).toBe(phrase);
    expect(toHex(mnemonicToSeedSync(phrase, 'TREZOR'))).toBe(seed);
  });

  it('agrees with BIP-32 for its first vector', () => {
    const master = HDKey.fromMasterSeed(Uint8Array.from({ length: 16 }, (_, at) => at));
    expect(master.derive("m/0'/1").privateExtendedKey).toBe(
      'xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2EU4pWcQDnRnrVA1xe8fs',
    );
  });

  it.each([
    ['test test test test test test test test test test test junk', '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'],
    [`${'abandon '.repeat(11)}about`, '0x9858effd232b4033e47d90003d41ec34ecaeda94'],
  ])('leads to the account that wallets show for "%s"', async (phrase, account) => {
    expect((await deriveKey(entropyOf(phrase))).address).toBe(account);
  });

  it('leads to the account that viem derives, for any entropy, and comes back from its words', async () => {
    await fc.assert(
      fc.asyncProperty(entropies, async (entropy) => {
        const phrase = phraseOf(entropy);
        expect(entropyOf(phrase)).toEqual(entropy);
        const { address, privateKey } = await deriveKey(entropy);
        const account = mnemonicToAccount(phrase);
        expect(address).toBe(account.address.toLowerCase());
        expect(privateKey).toEqual(Uint8Array.from(account.getHdKey().privateKey!));
      }),
      { numRuns: 10 },
    );
  });

  it('is new every time', () => {
    expect(new Set(Array.from({ length: 50 }, () => toHex(newEntropy()))).size).toBe(50);
    expect(phraseOf(newEntropy()).split(' ')).toHaveLength(12);
  });

  it('is taken with any case, any white space and any Unicode form', () => {
    const phrase = 'test test test test test test test test test test test junk';
    for (const typed of [
      `  ${phrase.toUpperCase()}\n`,
      phrase.replaceAll(' ', '\u00a0\t\n'),
      phrase.replaceAll(' ', '\u3000'),
      phrase.replaceAll('t', '\uff54'),
    ]) {
      expect(entropyOf(typed)).toEqual(entropyOf(phrase));
    }
  });

  it('says which words are unknown by their places, and when known ones do not fit', () => {
    const words = 'test test test test test test test test test test test junk'.split(' ');
    expect(() => entropyOf(words.with(6, 'tset').join(' '))).toThrow('at place 7.');
    expect(() => entropyOf(words.with(0, 'x').with(11, 'constructor').join(' '))).toThrow('at places 1, 12.');
    expect(() => entropyOf(words.with(11, 'test').join(' '))).toThrow('do not belong together');
    for (const count of [0, 1, 11, 13, 15, 23, 25]) {
      expect(() => entropyOf('test '.repeat(count))).toThrow(`${count} words`);
    }
  });

  it('is nowhere in an error, whatever is wrong with it', () => {
    const textOf = (phrase: string): string[] => {
      try {
        entropyOf(phrase);
        return [];
      } catch (error) {
        expect(error).toEqual(badPhrase);
        const failure = error as WeftError;
        expect(failure.cause).toBeUndefined();
        return JSON.stringify([failure, failure.toWire(), failure.message])
          .toLowerCase()
          .split(/[^a-z]+/);
      }
    };
    // The sentences' own words, a few of which are on the list as well: from phrases that have but these two.
    const ours = new Set(['zoo '.repeat(12), 'qqqq '.repeat(12), `${'zoo '.repeat(11)}qqqq`].flatMap(textOf));
    expect(ours.has('zoo') || ours.has('qqqq')).toBe(false);
    const words = fc.array(fc.oneof(fc.constantFrom(...wordlist), fc.stringMatching(/^[a-z]{4,8}$/)), {
      minLength: 12,
      maxLength: 12,
    });
    fc.assert(
      fc.property(words, (phrase) => {
        const text = textOf(phrase.join(' '));
        for (const word of phrase) if (!ours.has(word)) expect(text).not.toContain(word);
      }),
    );
  });
});
