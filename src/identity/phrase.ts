import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { WeftError } from '../protocol/errors.ts';
import { NEW_ENTROPY_BYTES, PHRASE_WORDS } from './constants.ts';

const WORDS = new Set(wordlist);
const HINT = 'Compare the words and their order with what you wrote down.';

/** Fresh entropy for a recovery phrase of 12 words. */
export function newEntropy(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(NEW_ENTROPY_BYTES));
}

/** The recovery phrase: English words of BIP-39 with a space between them. */
export function phraseOf(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist);
}

/**
 * The entropy of a recovery phrase as a person typed it: any case, any white space, any Unicode form. Throws
 * identity/bad-phrase, which tells places and never words: an error may be written down somewhere.
 */
export function entropyOf(phrase: string): Uint8Array<ArrayBuffer> {
  const words = phrase.normalize('NFKD').toLowerCase().trim().split(/\s+/u);
  if (words[0] === '' || PHRASE_WORDS[words.length] === undefined) {
    throw badPhrase(`has ${words[0] === '' ? 0 : words.length} words, expected 12 or 24`);
  }
  const unknown = words.flatMap((word, at) => (WORDS.has(word) ? [] : [at + 1]));
  if (unknown.length > 0) {
    throw badPhrase(
      unknown.length === 1
        ? `has no known word at place ${unknown[0]!}`
        : `has no known words at places ${unknown.join(', ')}`,
    );
  }
  try {
    return Uint8Array.from(mnemonicToEntropy(words.join(' '), wordlist));
  } catch {
    // The library's own error could quote the phrase.
    throw badPhrase(
      'has only known words, and yet they do not belong together: one is another word, or two changed places',
    );
  }
}

function badPhrase(what: string): WeftError {
  return new WeftError('identity/bad-phrase', `The recovery phrase ${what}.`, { hints: [HINT] });
}
