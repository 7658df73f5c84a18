"""Conversations as token rows: every step's batch depends on (seed, step) only, so a resumed run sees the same data."""

from collections import Counter

import numpy as np

from augment import Augmenter, pick
from expand import count_tree, expansions, normal, sample_wording, tidy
from frames import Frames
from tokenizer import END_ID, PAD_ID, SPECIAL_TOKENS, START_ID, Tokenizer, split_words, train_merges

VOCAB_SIZE = 2048
DEFAULT_SYSTEM = 'You are the small built-in guide of Weft.'
SYSTEM_ROLES = ('a helpful assistant', 'a friendly helper', 'an expert', 'a poet', 'a pirate', 'a teacher', 'a chat bot', 'Weft')
SYSTEM_RULES = (
    'Answer in short sentences.', 'Be polite.', 'Be brief.', 'Always tell the truth.', 'Use simple words.', 'Speak like a friend.',
    'Do not use lists.', 'Think before you answer.', 'Say so when you do not know.', 'Answer in English.', 'Keep it friendly.',
)
FRAME_SHARE = 0.5
QUESTION_WEIGHT = 0.1
ANSWER_WEIGHT = 1.0
# Nearly all wrong answers go wrong at their first token, where the topic is decided.
OPENING_WEIGHT = 5.0
OPENING_TOKENS = 2


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
    frames = Frames({topic.id for topic in topics})
    for topic in topics:
        for wording in topic.wordings:
            for _ in range(samples):
                counts.update(split_words(augmenter(sample_wording(wording, rng), rng)))
        for _ in range(20 * samples):
            question = frames.sample(topic.id, rng)
            counts.update(split_words(augmenter(question, rng)) if question else [])
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
        self.frames = Frames({topic.id for topic in topics})
        # A frame must not yield a wording of another topic, nor give away a held-out one.
        self.taken = {}
        for index, topic in enumerate(topics):
            for wording in topic.wordings:
                if count_tree(wording.tree) <= 20000:
                    own = any(wording is kept for kept in train[index][1])
                    for text in expansions(wording.tree):
                        self.taken[normal(tidy(text))] = index if own else -1
        self.answers = [[tokenizer.encode(answer) for answer in topic.answers] for topic in topics]
        # Topics that give the same answer are one class.
        first = {}
        self.classes = [first.setdefault(topic.answers[0], index) for index, topic in enumerate(topics)]
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
        weights += [OPENING_WEIGHT] * OPENING_TOKENS + [ANSWER_WEIGHT] * (len(answer_ids) + 1 - OPENING_TOKENS)
        weights += [0.0] * len(self.newline)
        return ids, weights, len(head) + len(question_ids) + len(tail) - 1

    def question(self, topic, wordings, rng):
        """A varied question of a topic, from its wordings or from a frame."""
        text = self.frames.sample(self.topics[topic].id, rng) if rng.random() < FRAME_SHARE else None
        if text is None or self.taken.get(normal(text), topic) != topic:
            text = sample_wording(pick(wordings, rng), rng)
        return self.augmenter(text, rng)

    def encode_question(self, topic, wordings, rng):
        """Ids of a varied question; some are split finer than usual, so that misspelt words look familiar."""
        return self.tokenizer.encode(self.question(topic, wordings, rng), rng, 0.1 if rng.random() < 0.3 else 0.0)

    def row(self, length, rng):
        """One conversation of random topics, cut at `length`: (ids, weights, [(position, topic)])."""
        ids = self.system(rng) if length >= 60 else []
        weights, labels = [0.0] * len(ids), []
        while len(ids) < length:
            topic, wordings = self.train[int(rng.integers(len(self.train)))]
            turn_ids, turn_weights, last = self.turn(self.encode_question(topic, wordings, rng), pick(self.answers[topic], rng))
            if len(ids) + last < length:
                labels.append((len(ids) + last, self.classes[topic]))
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
