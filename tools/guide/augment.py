"""Varies a question the way people type: synonyms, polite wrappers, case, punctuation, typos, dropped words."""

import re
from pathlib import Path

REWRITES_FILE = Path(__file__).resolve().parent / 'rewrites.txt'

OPENERS = (
    'hi', 'hi,', 'hey', 'hello,', 'hello there,', 'ok', 'ok so', 'so', 'well', 'um', 'hmm', 'please', 'please,', 'sorry,',
    'excuse me,', 'quick question:', 'question:', 'one question,', 'sorry to bother you,', 'good morning,', 'just wondering,',
    'just curious,', 'and', 'but', 'also', 'now', 'oh', 'listen,', 'weft:', 'i have a question:', 'another thing:', 'actually',
)
ASKERS = (
    'can you tell me', 'could you tell me', 'please tell me', 'tell me', 'i would like to know', "i'd like to know", 'i wonder',
    'do you know', 'i want to know', 'could you explain', 'can you explain', 'please explain', 'i was wondering', 'any idea',
    'do you happen to know', 'i need to know', 'can i ask', 'let me ask', 'help me understand', "i don't understand",
    'my friend asks', 'would you mind telling me', 'i am curious', 'explain to me', 'give me a hint:', 'may i ask',
)
CLOSERS = (
    'please', 'pls', 'thanks', 'thank you', 'thx', 'for me', 'right now', 'exactly', 'then', 'actually', 'here', 'by the way',
    'if i may ask', 'can you help', 'any idea', 'in short', 'really', 'though', 'anyway', 'at all', 'now', 'in simple words',
    'i wonder', 'today', 'again', 'i am new here', 'to be honest', 'or what', 'or not', 'in general', 'please help',
)
QUESTION_WORDS = {
    'what', 'how', 'why', 'where', 'when', 'who', 'which', 'whose', 'can', 'could', 'do', 'does', 'did', 'is', 'are', 'will',
    'would', 'should', 'must', 'may', 'am', 'was', 'were', 'has', 'have', "what's", 'whats', "who's", "where's", 'whats',
}
DROPPABLE = {
    'the', 'a', 'an', 'to', 'of', 'do', 'does', 'is', 'are', 'it', 'my', 'in', 'on', 'for', 'with', 'this', 'that', 'i',
    'really', 'just', 'some', 'any', 'me', 'you', 'so', 'be', 'at', 'by', 'there',
}
PROPER = {
    'weft': 'Weft', 'webgpu': 'WebGPU', 'gpu': 'GPU', 'gpus': 'GPUs', 'chrome': 'Chrome', 'firefox': 'Firefox', 'edge': 'Edge',
    'safari': 'Safari', 'android': 'Android', 'windows': 'Windows', 'linux': 'Linux', 'mac': 'Mac', 'ios': 'iOS',
    'iphone': 'iPhone', 'ipad': 'iPad', 'openai': 'OpenAI', 'api': 'API', 'https': 'HTTPS', 'webrtc': 'WebRTC', 'ai': 'AI',
    'pc': 'PC', 'ram': 'RAM', 'llm': 'LLM', 'i': 'I', "i'm": "I'm", "i'd": "I'd", "i've": "I've", 'english': 'English',
    'tls': 'TLS', 'par-1': 'PAR-1', 'evm': 'EVM', 'pwa': 'PWA', 'url': 'URL', 'chatgpt': 'ChatGPT', 'nvidia': 'NVIDIA',
    'amd': 'AMD', 'intel': 'Intel', 'node': 'Node', 'indexeddb': 'IndexedDB', 'stun': 'STUN', 'ok': 'OK', 'github': 'GitHub',
}
KEY_ROWS = ('qwertyuiop', 'asdfghjkl', 'zxcvbnm')
NEIGHBOURS = {row[i]: row[max(0, i - 1):i] + row[i + 1:i + 2] for row in KEY_ROWS for i in range(len(row))}


def load_rewrites(path=REWRITES_FILE):
    """Reads the synonym groups: (plain, chat), each a (pattern, {phrase: group}) pair."""
    tables = ({}, {})
    for line in path.read_text(encoding='utf-8').splitlines():
        if not line.strip() or line.startswith('#'):
            continue
        chat = line.startswith('~')
        group = [phrase.strip() for phrase in line.lstrip('~').split('|')]
        for phrase in group:
            # In a chat group only the first, plain phrase is replaced; a phrase keeps its first group.
            if not chat or phrase == group[0]:
                tables[chat].setdefault(phrase, group)
    return tuple(
        (re.compile(r"(?<![\w'])(?:" + '|'.join(map(re.escape, sorted(table, key=len, reverse=True))) + r")(?![\w'])"), table)
        for table in tables
    )


class Augmenter:
    """Seeded by the generator that each call is given; holds only the synonym tables."""

    def __init__(self):
        self.plain, self.chat = load_rewrites()

    @staticmethod
    def swap(text, table, chance, rng):
        """Replaces phrases by others of their group, each with the given chance."""
        pattern, groups = table

        def choose(match):
            if rng.random() >= chance:
                return match.group(0)
            group = groups[match.group(0)]
            return group[int(rng.integers(len(group)))]

        return pattern.sub(choose, text)

    @staticmethod
    def wrap(text, rng):
        """Adds an opener, an asking phrase or a closer; single words stay alone."""
        words = text.split()
        if len(words) < 3:
            return text
        if rng.random() < 0.13 and words[0] in QUESTION_WORDS:
            text = f'{pick(ASKERS, rng)} {text}'
        if rng.random() < 0.13:
            text = f'{pick(OPENERS, rng)} {text}'
        if rng.random() < 0.13:
            text = f'{text} {pick(CLOSERS, rng)}'
        return text

    @staticmethod
    def drop_word(text, rng):
        """Leaves out one small word, rarely any word."""
        words = text.split()
        if len(words) < 4:
            return text
        if rng.random() < 0.10:
            small = [i for i, word in enumerate(words) if word in DROPPABLE]
            if small:
                del words[small[int(rng.integers(len(small)))]]
        if len(words) >= 5 and rng.random() < 0.05:
            del words[int(rng.integers(len(words)))]
        if len(words) >= 5 and rng.random() < 0.03:
            i = int(rng.integers(len(words) - 1))
            words[i], words[i + 1] = words[i + 1], words[i]
        return ' '.join(words)

    @staticmethod
    def typo(text, rng):
        """One slip of the fingers in a word of four letters or more."""
        spots = [i for i in range(1, len(text) - 1) if text[i - 1].isalpha() and text[i].isalpha() and text[i + 1].isalpha()]
        if not spots:
            return text
        i = spots[int(rng.integers(len(spots)))]
        kind = int(rng.integers(5))
        if kind == 0:
            return text[:i] + text[i + 1:]
        if kind == 1:
            return text[:i] + text[i] + text[i:]
        if kind == 2:
            return text[:i] + text[i + 1] + text[i] + text[i + 2:]
        if kind == 3 and NEIGHBOURS.get(text[i]):
            return text[:i] + pick(NEIGHBOURS[text[i]], rng) + text[i + 1:]
        space = text.rfind(' ', 0, i)
        return text[:space] + text[space + 1:] if space > 0 and kind == 4 else text

    @staticmethod
    def dress(text, rng):
        """Case and end punctuation."""
        words = text.split()
        asks = any(word in QUESTION_WORDS for word in words[:4])
        style = rng.random()
        if style < 0.42:
            dressed = text
        elif style < 0.92:
            proper = rng.random() < 0.75
            dressed = ' '.join(PROPER.get(word, word) for word in words) if proper else text
            dressed = dressed[:1].upper() + dressed[1:]
        elif style < 0.96:
            dressed = text.upper()
        else:
            dressed = text.title()
        end = rng.random()
        if asks:
            tail = '?' if end < 0.6 else '??' if end < 0.63 else ' ?' if end < 0.66 else '.' if end < 0.68 else ''
        else:
            tail = '.' if end < 0.3 else '!' if end < 0.38 else '?' if end < 0.5 else '...' if end < 0.53 else ''
        return dressed + tail

    def __call__(self, text, rng):
        """A varied form of a lower-case question."""
        if rng.random() < 0.6:
            text = self.swap(text, self.plain, 0.35, rng)
        if rng.random() < 0.12:
            text = self.swap(text, self.chat, 0.5, rng)
        text = self.drop_word(self.wrap(text, rng), rng)
        while rng.random() < 0.14:
            text = self.typo(text, rng)
        return self.dress(text, rng)


def pick(choices, rng):
    """A uniformly random element."""
    return choices[int(rng.integers(len(choices)))]
