"""Scores of a model on probe questions: (question, prompt ids, topic index)."""

import torch

from data import pad_rows
from expand import holds_facts
from tokenizer import END_ID

ROWS = 64
LONGEST_ANSWER = 80


def exact_answers(model, conversations, probes):
    """Whether greedy decoding gives an answer of the topic word for word, per probe.

    Greedy decoding yields exactly a text iff each of its tokens is the argmax after the ones before it, so one
    forward pass over prompt + answer decides it without generating.
    """
    model.eval()
    hits = [False] * len(probes)
    jobs = [(i, answer) for i, (_, _, topic) in enumerate(probes) for answer in conversations.answers[topic]]
    with torch.no_grad():
        for start in range(0, len(jobs), ROWS):
            part = jobs[start:start + ROWS]
            rows = [[*probes[i][1], *answer, END_ID] for i, answer in part]
            guesses = model.logits(model.hidden(torch.from_numpy(pad_rows(rows)))).argmax(-1)
            for (i, _), row, guess in zip(part, rows, guesses):
                prompt = len(probes[i][1])
                hits[i] |= guess[prompt - 1:len(row) - 1].tolist() == row[prompt:]
    model.train()
    return hits


def greedy_answers(model, tokenizer, prompts):
    """Greedy answers as text; the rows of a batch stop one by one."""
    model.eval()
    answers = []
    with torch.no_grad():
        for start in range(0, len(prompts), ROWS):
            rows = [list(prompt) for prompt in prompts[start:start + ROWS]]
            open_rows = list(range(len(rows)))
            for _ in range(LONGEST_ANSWER):
                part = [rows[i] for i in open_rows]
                hidden = model.hidden(torch.from_numpy(pad_rows(part)))
                last = hidden[torch.arange(len(part)), torch.tensor([len(row) - 1 for row in part])]
                for i, token in zip(open_rows, model.logits(last).argmax(-1).tolist()):
                    rows[i].append(token)
                open_rows = [i for i in open_rows if rows[i][-1] != END_ID]
                if not open_rows:
                    break
            answers += [tokenizer.decode(row[len(prompt):]) for row, prompt in zip(rows, prompts[start:start + ROWS])]
    model.train()
    return answers


def right_facts(model, conversations, probes):
    """Whether the greedy answer holds every fact group of the probe's topic."""
    texts = greedy_answers(model, conversations.tokenizer, [prompt for _, prompt, _ in probes])
    return [holds_facts(conversations.topics[topic], text) for text, (_, _, topic) in zip(texts, probes)]
