"""Sentence frames times phrases: wordings that any topic can have, so that a frame says nothing about the topic.

A statement that starts like a question gets the frames for questions. `frames.txt` holds lines `n: what is @`; `phrases.txt` holds topics with lines `n: the licence | open source`. A wording
is a frame with a phrase of the same kind in the place of the @.
"""

from pathlib import Path

from augment import QUESTION_WORDS
from expand import CorpusError, parse_alternation, sample_tree, tidy

FOLDER = Path(__file__).resolve().parent
KINDS = ('n', 'v', 's', 'q')


def read_lines(path):
    """Yields (where, line) of the lines that are neither empty nor comments."""
    for number, raw in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        line = raw.strip()
        if line and (line.startswith('## ') or not line.startswith('#')):
            yield f'{path.name}:{number}', line


def split_kind(line, where):
    """A line `n: text` as (kind, text)."""
    kind, colon, text = line.partition(':')
    if not colon or kind not in KINDS or not text.strip():
        raise CorpusError(f'{where}: expected "n:", "v:" or "s:" and a text, got: {line[:60]}')
    return kind, text.strip()


def split_choices(text):
    """The parts of `a | {b|c} d` between the bars that stand outside of braces."""
    parts, depth = [''], 0
    for char in text:
        depth += (char == '{') - (char == '}')
        if char == '|' and depth == 0:
            parts.append('')
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


class Frames:
    """Frames by kind, and the phrase lines of each topic as (kind, trees)."""

    def __init__(self, topic_ids, folder=FOLDER):
        self.frames = {kind: [] for kind in KINDS}
        for where, line in read_lines(folder / 'frames.txt'):
            kind, text = split_kind(line, where)
            if text.count('@') != 1:
                raise CorpusError(f'{where}: a frame needs exactly one @')
            self.frames[kind].append(parse_alternation(text, where))
        self.phrases, topic = {}, None
        for where, line in read_lines(folder / 'phrases.txt'):
            if line.startswith('## '):
                topic = line[3:].strip()
                if topic not in topic_ids or topic in self.phrases:
                    raise CorpusError(f'{where}: topic "{topic}" is not in the corpus or stands here twice')
                self.phrases[topic] = []
            elif topic is None:
                raise CorpusError(f'{where}: a phrase before the first "## topic"')
            else:
                kind, text = split_kind(line, where)
                self.phrases[topic].append((kind, [parse_alternation(part, where) for part in split_choices(text)]))

    def sample(self, topic_id, rng):
        """A random wording of a topic, or None where it has no phrases."""
        lines = self.phrases.get(topic_id)
        if not lines:
            return None
        kind, trees = lines[int(rng.integers(len(lines)))]
        phrase = sample_tree(trees[int(rng.integers(len(trees)))], rng)
        if kind == 's' and phrase.split()[0] in QUESTION_WORDS:
            kind = 'q'
        frame = sample_tree(self.frames[kind][int(rng.integers(len(self.frames[kind])))], rng)
        return tidy(frame.replace('@', phrase))
