"""The corpus of the built-in guide: parser, sampling and checks.

A corpus file holds topics:

    ## topic.id
    q: what is {weft|this page}         a wording; {a|b|} is an alternation, may nest, may hold an empty choice
    a: Weft is ...                      the answer (a second `a:` line is an equal alternative)
    k: GPU & browser|page               facts a right answer holds: groups joined by &, alternatives by |

Lines that start with a single `#` are comments. Run `expand.py --check` to report malformed topics, answers that
lack their own facts and wordings that two topics share; `expand.py --sample N` prints N sampled questions.
"""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CORPUS_DIR = Path(__file__).resolve().parent / 'corpus'
TOPIC_ID = re.compile(r'^[a-z0-9]+(?:[.-][a-z0-9]+)+$')


class CorpusError(Exception):
    """A malformed corpus line; the text starts with `file:line`."""


@dataclass
class Wording:
    """One `q:` line. `tree` is a list of str and tuples of trees (the choices of an alternation)."""

    text: str
    tree: list
    where: str


@dataclass
class Topic:
    """One `##` topic with its wordings, equal answers and the fact groups of a right answer."""

    id: str
    where: str
    wordings: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    facts: list = field(default_factory=list)


def parse_alternation(text, where):
    """Parses `a {b|c {d|}} e` into a tree; raises CorpusError on unbalanced or stray braces and bars."""
    position = 0

    def sequence(depth):
        nonlocal position
        parts, literal = [], ''
        while position < len(text):
            char = text[position]
            if char == '{':
                position += 1
                if literal:
                    parts.append(literal)
                    literal = ''
                choices = [sequence(depth + 1)]
                while position < len(text) and text[position] == '|':
                    position += 1
                    choices.append(sequence(depth + 1))
                if position >= len(text):
                    raise CorpusError(f'{where}: "{{" is never closed in: {text}')
                position += 1
                if len(choices) < 2:
                    raise CorpusError(f'{where}: an alternation needs at least two choices in: {text}')
                parts.append(tuple(choices))
            elif char in '|}':
                if depth == 0:
                    raise CorpusError(f'{where}: "{char}" stands outside of braces in: {text}')
                break
            else:
                literal += char
                position += 1
        if literal:
            parts.append(literal)
        return parts

    return sequence(0)


def tidy(text):
    """Collapses the spaces that empty choices leave behind."""
    return re.sub(r' +([,.?!])', r'\1', ' '.join(text.split()))


def sample_tree(tree, rng):
    """One random expansion of a parsed alternation (not yet tidied)."""
    return ''.join(part if isinstance(part, str) else sample_tree(part[int(rng.integers(len(part)))], rng) for part in tree)


def sample_wording(wording, rng):
    """One random expansion of a `q:` line."""
    return tidy(sample_tree(wording.tree, rng))


def count_tree(tree):
    """How many expansions a tree has, duplicates counted."""
    total = 1
    for part in tree:
        if not isinstance(part, str):
            total *= sum(count_tree(choice) for choice in part)
    return total


def expansions(tree):
    """Yields every expansion of a tree."""
    if not tree:
        yield ''
        return
    head, rest = tree[0], tree[1:]
    heads = [head] if isinstance(head, str) else [text for choice in head for text in expansions(choice)]
    tails = list(expansions(rest))
    for first in heads:
        for tail in tails:
            yield first + tail


def parse_file(path):
    """Reads one corpus file into topics; raises CorpusError naming file and line."""
    topics = []
    for number, raw in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        where = f'{path.name}:{number}'
        line = raw.strip()
        if line.startswith('## '):
            topic_id = line[3:].strip()
            if not TOPIC_ID.match(topic_id):
                raise CorpusError(f'{where}: expected a topic id such as "weft.what-is", got "{topic_id}"')
            topics.append(Topic(topic_id, where))
        elif not line or line.startswith('#'):
            continue
        elif line[:2] in ('q:', 'a:', 'k:'):
            if not topics:
                raise CorpusError(f'{where}: "{line[:2]}" before the first "## topic"')
            value = line[2:].strip()
            if not value:
                raise CorpusError(f'{where}: "{line[:2]}" has no text')
            topic = topics[-1]
            if line[0] == 'q':
                topic.wordings.append(Wording(value, parse_alternation(value, where), where))
            elif line[0] == 'a':
                topic.answers.append(value)
            else:
                groups = [[fact.strip() for fact in group.split('|')] for group in value.split('&')]
                if any(not fact for group in groups for fact in group):
                    raise CorpusError(f'{where}: empty fact in: {value}')
                topic.facts.extend(groups)
        else:
            raise CorpusError(f'{where}: expected "## topic", "q:", "a:", "k:" or "# comment", got: {line[:60]}')
    for topic in topics:
        if not topic.wordings or not topic.answers:
            raise CorpusError(f'{topic.where}: topic "{topic.id}" needs at least one "q:" and one "a:"')
    return topics


def load_corpus(folder=CORPUS_DIR):
    """Reads every *.txt of the folder in name order; topic ids are unique over all files."""
    topics, seen = [], {}
    for path in sorted(Path(folder).glob('*.txt')):
        for topic in parse_file(path):
            if topic.id in seen:
                raise CorpusError(f'{topic.where}: topic "{topic.id}" was already defined at {seen[topic.id]}')
            seen[topic.id] = topic.where
            topics.append(topic)
    if not topics:
        raise CorpusError(f'{folder}: no topics found')
    return topics


def normal(text):
    """The form in which two wordings count as equal: lower case, letters and digits only."""
    return ' '.join(re.findall(r'[a-z0-9]+', text.lower().replace("'", '')))


def holds_facts(topic, answer):
    """Whether an answer holds one alternative of every fact group."""
    low = answer.lower()
    return all(any(fact.lower() in low for fact in group) for group in topic.facts)


def check(topics, limit=20000):
    """Returns a list of complaints: facts missing in answers, wordings shared between topics, lines too wide to list."""
    problems, owner = [], {}
    for topic in topics:
        for answer in topic.answers:
            if not holds_facts(topic, answer):
                problems.append(f'{topic.where}: {topic.id}: an answer lacks its own facts: {answer[:70]}')
        for wording in topic.wordings:
            count = count_tree(wording.tree)
            if count <= limit:
                texts = expansions(wording.tree)
            else:
                rng = np.random.default_rng(0)
                texts = (sample_tree(wording.tree, rng) for _ in range(limit))
            for text in texts:
                key = normal(tidy(text))
                if not key:
                    problems.append(f'{wording.where}: {topic.id}: an expansion is empty: {wording.text}')
                    break
                other = owner.setdefault(key, (topic.id, wording.where))
                if other[0] != topic.id:
                    problems.append(f'{wording.where}: "{key}" belongs to {topic.id} and to {other[0]} ({other[1]})')
    return problems


def main():
    """Command line: --check or --sample N over a corpus folder."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--corpus', type=Path, default=CORPUS_DIR)
    parser.add_argument('--check', action='store_true', help='report problems; exit 1 if there are any')
    parser.add_argument('--sample', type=int, default=0, metavar='N', help='print N sampled questions')
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    try:
        topics = load_corpus(args.corpus)
    except CorpusError as error:
        sys.exit(str(error))
    lines = [wording for topic in topics for wording in topic.wordings]
    print(f'{len(topics)} topics, {len(lines)} wordings, {sum(count_tree(line.tree) for line in lines)} expansions')
    rng = np.random.default_rng(args.seed)
    for _ in range(args.sample):
        topic = topics[int(rng.integers(len(topics)))]
        print(f'{topic.id}: {sample_wording(topic.wordings[int(rng.integers(len(topic.wordings)))], rng)}')
    if args.check:
        problems = check(topics)
        print('\n'.join(problems) if problems else 'no problems')
        sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main()
