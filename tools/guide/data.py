"""Conversations as token rows: every step's batch depends on (seed, step) only, so a resumed run sees the same data."""

from collections import Counter

import numpy as np

from augment import Augmenter, pick
from expand import sample_wording
from tokenizer import END_ID, PAD_ID, SPECIAL_TOKENS, START_ID, Tokenizer, split_words, train_merges

VOCAB_SIZE = 2048
DEFAULT_SYSTEM = 'You are the small built-in guide of Weft.'
SYSTEM_ROLES = ('a helpful assistant', 'a friendly helper', 'an expert', 'a poet', 'a pirate', 'a teacher', 'a chat bot', 'Weft')
SYSTEM_RULES = (
    'Answer in short sentences.', 'Be polite.', 'Be brief.', 'Always tell the truth.', 'Use simple words.', 'Speak like a friend.',
    'Do not use lists.', 'Think before you answer.', 'Say so when you do not know.', 'Answer in English.', 'Keep it friendly.',
)
QUESTION_WEIGHT = 0.1
ANSWER_WEIGHT = 1.0


def split_wordings(topics, share, seed):
    """Holds out about `share` of the `q:` lines, at most one of a topic and none of a topic with under six lines.

    Returns (train, held): lists of (topic index, wordings).
    """
    rng = np.random.default_rng([seed, 7])
    train, held = [], []
    for index, topic in enumerate(topics):
        wordings = list(topic.wordings)
        if len(wordings) >= 6 and rng.random() < share * len(wordings):
            held.append((index, [wordings.pop(int(rng.integers(len(wordings))))]))
        train.append((index, wordings))
    return train, held


def train_tokenizer(topics, seed, samples=60):
    """Learns the merges from sampled questions, answers and the words of the chat template."""
    rng, augmenter, counts = np.random.default_rng([seed, 11]), Augmenter(), Counter()
    for topic in topics:
        for wording in topic.wordings:
            for _ in range(samples):
                counts.update(split_words(augmenter(sample_wording(wording, rng), rng)))
        for answer in topic.answers:
            for word in split_words(answer):
                counts[word] += 40
    for word in ('system', 'user', 'assistant', '\n'):
        counts[word] += 100000
    for text in (DEFAULT_SYSTEM, *SYSTEM_RULES, *(f'You are {role}.' for role in SYSTEM_ROLES)):
        for word in split_words(text):
            counts[word] += 200
    # Words met once or twice are mostly typos: they teach no useful merge, unless the corpus is too small for 2048 tokens.
    common = Counter({word: count for word, count in counts.items() if count > 2})
    merge_count = VOCAB_SIZE - 256 - len(SPECIAL_TOKENS)
    return Tokenizer(train_merges(common if len(common) > merge_count else counts, merge_count))


class Conversations:
    """Builds token rows [rows, length] with loss weights and topic labels."""

    def __init__(self, topics, train, tokenizer, seed):
        self.tokenizer, self.seed, self.augmenter = tokenizer, seed, Augmenter()
        self.topics, self.train = topics, train
        self.answers = [[tokenizer.encode(answer) for answer in topic.answers] for topic in topics]
        self.newline = tokenizer.encode('\n')
        self.heads = {
            role: [START_ID, *tokenizer.encode(f'{role}\n')] for role in ('system', 'user', 'assistant')
        }

    def system(self, rng):
        """Ids of a system message or nothing: the default one, none, or some other."""
        draw = rng.random()
        if draw < 0.4:
            return []
        if draw < 0.8:
            text = DEFAULT_SYSTEM
        else:
            rules = rng.permutation(len(SYSTEM_RULES))[:int(rng.integers(0, 3))]
            text = ' '.join([f'You are {pick(SYSTEM_ROLES, rng)}.', *(SYSTEM_RULES[int(rule)] for rule in rules)])
        return [*self.heads['system'], *self.tokenizer.encode(text), END_ID, *self.newline]

    def turn(self, question_ids, answer_ids):
        """One question and answer: (ids, weights, index of the last prompt token)."""
        head, tail = [*self.heads['user']], [END_ID, *self.newline, *self.heads['assistant']]
        ids = head + question_ids + tail + answer_ids + [END_ID] + self.newline
        weights = [0.0] * len(head) + [QUESTION_WEIGHT] * len(question_ids) + [0.0] * len(tail)
        weights += [ANSWER_WEIGHT] * (len(answer_ids) + 1) + [0.0] * len(self.newline)
        return ids, weights, len(head) + len(question_ids) + len(tail) - 1

    def row(self, length, rng):
        """One conversation of random topics, cut at `length`: (ids, weights, [(position, topic)])."""
        ids = self.system(rng)
        weights, labels = [0.0] * len(ids), []
        while len(ids) < length:
            topic, wordings = self.train[int(rng.integers(len(self.train)))]
            question = self.augmenter(sample_wording(pick(wordings, rng), rng), rng)
            question_ids = self.tokenizer.encode(question, rng, 0.1 if rng.random() < 0.3 else 0.0)
            turn_ids, turn_weights, last = self.turn(question_ids, pick(self.answers[topic], rng))
            if len(ids) + last < length:
                labels.append((len(ids) + last, topic))
            ids += turn_ids
            weights += turn_weights
        return ids[:length], weights[:length], labels

    def batch(self, step, rows, length):
        """Arrays of a step: ids [rows, length], weights [rows, length], label rows, positions and topics."""
        rng = np.random.default_rng([self.seed, 13, step])
        ids, weights, labels = [], [], []
        for index in range(rows):
            row_ids, row_weights, row_labels = self.row(length, rng)
            ids.append(row_ids)
            weights.append(row_weights)
            labels += [(index, position, topic) for position, topic in row_labels]
        return np.array(ids), np.array(weights, dtype=np.float32), np.array(labels).reshape(-1, 3)

    def probe(self, lines, count, seed):
        """A fixed sample of questions from held-out lines: list of (question, prompt ids, topic)."""
        rng, probes = np.random.default_rng([seed, 17]), []
        for index in range(count):
            topic, wordings = lines[index % len(lines)]
            question = self.augmenter.dress(sample_wording(pick(wordings, rng), rng), rng)
            system = [*self.heads['system'], *self.tokenizer.encode(DEFAULT_SYSTEM), END_ID, *self.newline] if index % 2 else []
            user = [*self.heads['user'], *self.tokenizer.encode(question), END_ID, *self.newline]
            probes.append((question, [*system, *user, *self.heads['assistant']], topic))
        return probes


def pad_rows(rows):
    """Right-pads id lists to one array."""
    array = np.full((len(rows), max(map(len, rows))), PAD_ID)
    for index, row in enumerate(rows):
        array[index, :len(row)] = row
    return array
