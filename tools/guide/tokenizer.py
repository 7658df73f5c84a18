"""Byte-level BPE of the built-in guide: trainer, encoder and the `tokenizer.json` it is shipped as.

The pre-tokeniser is the ByteLevel one of Hugging Face tokenizers (use_regex, no prefix space), so the file loads in any
library that reads that format. Ids: 0..2 special tokens, 3..258 the bytes, then one id per merge.
"""

import json
import re
import unicodedata
from collections import Counter, defaultdict

SPECIAL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']
PAD_ID, START_ID, END_ID = 0, 1, 2

JS_SPACE = set('\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff') | {chr(c) for c in range(0x2000, 0x200B)}
ASCII_WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\t\n\v\f\r A-Za-z0-9]+|[\t\n\v\f\r ]+(?![^\t\n\v\f\r ])|[\t\n\v\f\r ]+")
# The same expression over a string of classes: L letter, N number, O other, ' ' space, S other white space.
CLASS_WORDS = re.compile(r' ?L+| ?N+| ?O+|[S ]+(?![^S ])|[S ]+')
CONTRACTIONS = re.compile(r"'(?:s|t|re|ve|m|ll|d)")


def byte_alphabet():
    """The printable character that stands for each byte (the GPT-2 table): 256 one-character strings."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in visible}
    spare = 256
    for byte in range(256):
        if byte not in table:
            table[byte] = chr(spare)
            spare += 1
    return [table[byte] for byte in range(256)]


ALPHABET = byte_alphabet()


def char_class(char):
    """Class of a character for CLASS_WORDS, white space as JavaScript's \\s sees it."""
    if char == ' ':
        return ' '
    if char in JS_SPACE:
        return 'S'
    return {'L': 'L', 'N': 'N'}.get(unicodedata.category(char)[0], 'O')


def split_words(text):
    """Splits text as ByteLevel with use_regex does; joined together the parts give the text again."""
    if text.isascii():
        return ASCII_WORDS.findall(text)
    classes, words, position = ''.join(map(char_class, text)), [], 0
    while position < len(text):
        match = CONTRACTIONS.match(text, position) or CLASS_WORDS.match(classes, position)
        words.append(text[position:match.end()])
        position = match.end()
    return words


def to_symbols(word):
    """A word as a tuple of byte symbols."""
    return tuple(ALPHABET[byte] for byte in word.encode('utf-8'))


def train_merges(word_counts, merge_count):
    """Learns `merge_count` merges from {word: count}; ties go to the pair that sorts first, so runs repeat exactly."""
    words = [list(to_symbols(word)) for word in sorted(word_counts)]
    counts = [word_counts[word] for word in sorted(word_counts)]
    pair_counts, pair_words = Counter(), defaultdict(set)
    for index, symbols in enumerate(words):
        for pair in zip(symbols, symbols[1:]):
            pair_counts[pair] += counts[index]
            pair_words[pair].add(index)
    merges = []
    while len(merges) < merge_count:
        best = min(((-count, pair) for pair, count in pair_counts.items() if count > 0), default=None)
        if best is None:
            raise ValueError(f'the corpus gives only {len(merges)} merges, {merge_count} are needed')
        pair = best[1]
        merges.append(pair)
        for index in sorted(pair_words[pair]):
            symbols = words[index]
            for old in zip(symbols, symbols[1:]):
                pair_counts[old] -= counts[index]
                pair_words[old].discard(index)
            merged, position = [], 0
            while position < len(symbols):
                if position + 1 < len(symbols) and (symbols[position], symbols[position + 1]) == pair:
                    merged.append(pair[0] + pair[1])
                    position += 2
                else:
                    merged.append(symbols[position])
                    position += 1
            words[index] = merged
            for new in zip(merged, merged[1:]):
                pair_counts[new] += counts[index]
                pair_words[new].add(index)
        del pair_counts[pair]
    return merges


class Tokenizer:
    """Encoder and decoder over a list of merges."""

    def __init__(self, merges):
        self.merges = [tuple(pair) for pair in merges]
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self.tokens = [*SPECIAL_TOKENS, *ALPHABET, *(a + b for a, b in self.merges)]
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        if len(self.ids) != len(self.tokens):
            raise ValueError('two merges give the same token')
        self.bytes_of = {symbol: byte for byte, symbol in enumerate(ALPHABET)}
        self.cache = {}

    def __len__(self):
        return len(self.tokens)

    def merge_word(self, word, rng=None, drop=0.0):
        """Token ids of one pre-token; with `drop`, each merge is left out with that chance (BPE dropout)."""
        symbols = list(to_symbols(word))
        while len(symbols) > 1:
            best = None
            for index, pair in enumerate(zip(symbols, symbols[1:])):
                rank = self.ranks.get(pair)
                if rank is not None and (best is None or rank < best[0]) and (drop == 0.0 or rng.random() >= drop):
                    best = (rank, index)
            if best is None:
                break
            index = best[1]
            symbols[index:index + 2] = [symbols[index] + symbols[index + 1]]
        return [self.ids[symbol] for symbol in symbols]

    def encode(self, text, rng=None, drop=0.0):
        """Ids of plain text (special tokens are not recognised here)."""
        ids = []
        for word in split_words(text):
            if drop and rng.random() < 0.5:
                ids.extend(self.merge_word(word, rng, drop))
                continue
            known = self.cache.get(word)
            if known is None:
                known = self.cache[word] = self.merge_word(word)
            ids.extend(known)
        return ids

    def encode_with_special(self, text):
        """Ids of text in which the special tokens stand for themselves."""
        parts = re.split('(' + '|'.join(map(re.escape, SPECIAL_TOKENS)) + ')', text)
        return [i for part in parts for i in ([self.ids[part]] if part in SPECIAL_TOKENS else self.encode(part))]

    def decode(self, ids):
        """Text of ids, special tokens left out."""
        symbols = ''.join(self.tokens[i] for i in ids if i >= len(SPECIAL_TOKENS))
        return bytes(self.bytes_of[symbol] for symbol in symbols).decode('utf-8', errors='replace')

    def to_json(self):
        """The content of `tokenizer.json`."""
        byte_level = {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': True, 'use_regex': True}
        flags = {'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False, 'special': True}
        return {
            'version': '1.0',
            'truncation': None,
            'padding': None,
            'added_tokens': [{'id': i, 'content': token, **flags} for i, token in enumerate(SPECIAL_TOKENS)],
            'normalizer': None,
            'pre_tokenizer': byte_level,
            'post_processor': None,
            'decoder': byte_level,
            'model': {
                'type': 'BPE',
                'dropout': None,
                'unk_token': None,
                'continuing_subword_prefix': None,
                'end_of_word_suffix': None,
                'fuse_unk': False,
                'byte_fallback': False,
                'ignore_merges': False,
                'vocab': self.ids,
                'merges': [f'{a} {b}' for a, b in self.merges],
            },
        }

    def save(self, path):
        """Writes `tokenizer.json`."""
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, separators=(',', ':')) + '\n', encoding='utf-8')

    @staticmethod
    def load(path):
        """Reads a `tokenizer.json` that `save` wrote."""
        merges = json.loads(path.read_text(encoding='utf-8'))['model']['merges']
        return Tokenizer([tuple(merge.split(' ')) for merge in merges])
