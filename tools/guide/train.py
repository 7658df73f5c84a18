"""Trains the built-in guide from the corpus and exports it to public/models/weft-guide.

    /usr/bin/python3 tools/guide/train.py --steps 4200

A run is decided by its seed, steps, threads, versions and corpus; `--minutes` only picks a number of steps by a short
speed measurement and prints it. An interrupted run continues with `--resume`.
"""

import argparse
import ctypes
import math
import platform
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from data import Conversations, split_wordings, train_tokenizer
from evaluate import exact_answers, right_facts
from expand import CORPUS_DIR, check, load_corpus
from export import OUTPUT_DIR, corpus_digest, export
from model import Config, Llama
from muon import Muon
from tokenizer import Tokenizer
from warmstart import warm_start

WORK_DIR = Path(__file__).resolve().parent / 'build'
# (share of the run, [(row length, chance)]). Half of the rows hold one question and the first words of its answer: which
# topic is meant is hard to learn, reciting its answer is not. The long ones start well before the end, so that late
# positions work and the model has settled again when the learning rate falls.
CURRICULUM = (
    (0.40, ((28, 0.50), (64, 0.20), (128, 0.15), (256, 0.15))),
    (1.00, ((28, 0.50), (64, 0.20), (128, 0.14), (256, 0.11), (512, 0.03), (1024, 0.02))),
)
WARMUP_SHARE = 0.015
FINAL_LR_SHARE = 0.03


def keep_freed_memory():
    """Lets glibc reuse freed tensors: mapping fresh pages for each large tensor costs a quarter of the time."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, 'mallopt'):
        for option, value in ((-3, 1 << 30), (-1, 2**31 - 1), (-2, 1 << 28)):  # mmap threshold, trim threshold, top pad
            libc.mallopt(option, value)


def set_threads(count):
    """Matrix products use `count` threads; element-wise steps one, as their barriers cost more than they gain on two cores."""
    torch.set_num_threads(1)
    try:
        ctypes.CDLL('libopenblas.so.0').openblas_set_num_threads(count)
    except OSError:
        torch.set_num_threads(count)


def row_length(step, steps, seed):
    """Row length of a step."""
    draw = np.random.default_rng([seed, 19, step]).random()
    for end, choices in CURRICULUM:
        if step < end * steps:
            for length, chance in choices:
                draw -= chance
                if draw < 0:
                    return length
    return CURRICULUM[0][1][0][0]


def learning_rate(step, steps, peak):
    """Linear warm-up, then a cosine down to FINAL_LR_SHARE of the peak."""
    warmup = max(1, int(WARMUP_SHARE * steps))
    if step < warmup:
        return peak * (step + 1) / warmup
    turn = (step - warmup) / max(1, steps - warmup)
    return peak * (FINAL_LR_SHARE + (1 - FINAL_LR_SHARE) * 0.5 * (1 + math.cos(math.pi * turn)))


def make_optimizers(model, head, lr):
    """Muon for the matrices of the layers (fused ones by their parts), AdamW for embedding, norms and topic head."""
    config, groups = model.config, {}
    q_rows, kv_rows = config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim
    for name, parameter in model.model.layers.named_parameters():
        if parameter.dim() == 2:
            blocks = (parameter.shape[0],)
            if 'qkv_proj' in name:
                blocks = (q_rows, kv_rows, kv_rows)
            elif 'gate_up_proj' in name:
                blocks = (config.intermediate_size, config.intermediate_size)
            groups.setdefault(blocks, []).append(parameter)
    vectors = [*(p for p in model.parameters() if p.dim() < 2), *head.parameters()]
    return [
        Muon([{'params': parameters, 'blocks': blocks} for blocks, parameters in groups.items()], lr),
        torch.optim.AdamW(
            [{'params': [model.model.embed_tokens.weight], 'weight_decay': 0.1}, {'params': vectors, 'weight_decay': 0.0}],
            lr, betas=(0.9, 0.98), eps=1e-9,
        ),
    ]


def loss_of(model, head, batch, topic_weight):
    """Weighted next-token loss plus the topic loss at the last prompt tokens: (total, token loss, topic accuracy)."""
    ids, weights, labels = (torch.from_numpy(array) for array in batch)
    hidden = model.hidden(ids)
    target_weights = weights[:, 1:].reshape(-1)
    picked = target_weights.nonzero()[:, 0]
    flat = hidden[:, :-1].reshape(-1, hidden.shape[-1])[picked]
    losses = F.cross_entropy(model.logits(flat), ids[:, 1:].reshape(-1)[picked], reduction='none')
    token_loss = (losses * target_weights[picked]).sum() / target_weights.sum()
    guesses = head(hidden[labels[:, 0], labels[:, 1]])
    topic_loss = F.cross_entropy(guesses, labels[:, 2])
    return token_loss + topic_weight * topic_loss, token_loss.item(), (guesses.argmax(-1) == labels[:, 2]).float().mean().item()


def main():
    """Command line of the training."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    length = parser.add_mutually_exclusive_group()
    length.add_argument('--steps', type=int, help='optimizer steps (default 4200)')
    length.add_argument('--minutes', type=float, help='choose the steps so that training takes about this long here')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--lr', type=float, default=3e-3, help='peak learning rate')
    parser.add_argument('--dropout', type=float, default=0.05)
    parser.add_argument('--topic-weight', type=float, default=0.5, help='weight of the auxiliary topic loss')
    parser.add_argument('--tokens', type=int, default=3072, help='tokens per step')
    parser.add_argument('--holdout', type=float, default=0.04, help='share of the wordings that are never trained on')
    parser.add_argument('--corpus', type=Path, default=CORPUS_DIR)
    parser.add_argument('--work', type=Path, default=WORK_DIR, help='folder of checkpoints')
    parser.add_argument('--output', type=Path, default=OUTPUT_DIR)
    parser.add_argument('--resume', action='store_true', help='continue from the checkpoint in --work')
    args = parser.parse_args()

    keep_freed_memory()
    set_threads(args.threads)
    torch.manual_seed(args.seed)
    versions = f'python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}'
    print(f'{versions}, {args.threads} threads, seed {args.seed}', flush=True)
    topics, digest = load_corpus(args.corpus), corpus_digest(args.corpus)
    for problem in check(topics):
        print(f'warning: {problem}')
    train, held = split_wordings(topics, args.holdout, args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    tokenizer_path, checkpoint_path = args.work / 'tokenizer.json', args.work / 'checkpoint.pt'
    saved = torch.load(checkpoint_path) if args.resume else None
    if saved and saved['corpus'] != digest:
        sys.exit('the corpus changed since the checkpoint; start again without --resume')
    if saved:
        tokenizer = Tokenizer.load(tokenizer_path)
    else:
        tokenizer = train_tokenizer(topics, args.seed)
        tokenizer.save(tokenizer_path)
    conversations = Conversations(topics, train, tokenizer, args.seed)
    probes = conversations.probe(held, 240, args.seed)
    known = conversations.probe(train, 120, args.seed)
    print(f'{len(topics)} topics, {sum(len(w) for _, w in train)} wordings to train on, {len(held)} held out', flush=True)

    model = Llama(Config(dropout=args.dropout))
    head = torch.nn.Linear(model.config.hidden_size, len(topics))
    if not saved:
        warm_start(model, head, conversations, args.seed)
    optimizers = make_optimizers(model, head, args.lr)
    print(f'{sum(p.numel() for p in model.parameters()):,} parameters', flush=True)

    def train_step(step, steps):
        torch.manual_seed(args.seed * 1_000_003 + step)  # dropout depends on the step alone
        length = row_length(step, steps, args.seed)
        batch = conversations.batch(step, max(1, args.tokens // length), length)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group['lr'] = learning_rate(step, steps, args.lr)
            optimizer.zero_grad(set_to_none=True)
        total, token_loss, accuracy = loss_of(model, head, batch, args.topic_weight)
        total.backward()
        torch.nn.utils.clip_grad_norm_([*model.parameters(), *head.parameters()], 1.0)
        for optimizer in optimizers:
            optimizer.step()
        return token_loss, accuracy

    model.train()
    start, steps = 0, args.steps or 4200
    if saved:
        model.load_state_dict(saved['model'])
        head.load_state_dict(saved['head'])
        for optimizer, state in zip(optimizers, saved['optimizers']):
            optimizer.load_state_dict(state)
        start, steps = saved['step'], saved['steps']
    elif args.minutes:
        fresh = {key: value.clone() for key, value in model.state_dict().items()}
        fresh_head = {key: value.clone() for key, value in head.state_dict().items()}
        train_step(0, 10**6)
        began = time.time()
        for step in range(12):
            train_step(step, 10**6)
        # Long rows of the last part cost more than the measured short ones.
        steps = max(20, int(args.minutes * 60 / ((time.time() - began) / 12 * 1.1)))
        model.load_state_dict(fresh)
        head.load_state_dict(fresh_head)
        for optimizer in optimizers:
            optimizer.state.clear()
        print(f'--minutes {args.minutes} is --steps {steps} here', flush=True)

    def report(step):
        hits, seen = exact_answers(model, conversations, probes), exact_answers(model, conversations, known)
        scores = sum(hits) / max(1, len(hits)), sum(seen) / len(seen)
        print(f'step {step}: exact answers: held-out {scores[0]:.3f} ({len(hits)}), trained wordings {scores[1]:.3f}', flush=True)
        return hits, scores

    def save(step):
        state = {'model': model.state_dict(), 'head': head.state_dict(), 'optimizers': [o.state_dict() for o in optimizers]}
        temporary = checkpoint_path.with_suffix('.tmp')
        torch.save({**state, 'step': step, 'steps': steps, 'corpus': digest}, temporary)
        temporary.replace(checkpoint_path)

    began, window = time.time(), []
    for step in range(start, steps):
        window.append(train_step(step, steps))
        if (step + 1) % 50 == 0:
            loss, accuracy = np.mean(window, axis=0)
            speed = (time.time() - began) / (step + 1 - start)
            left = speed * (steps - step - 1) / 60
            print(f'step {step + 1}/{steps} loss {loss:.4f} topic {accuracy:.3f} {speed:.3f} s/step, {left:.1f} min left', flush=True)
            window = []
        if (step + 1) % 500 == 0 and step + 1 < steps:
            report(step + 1)
            save(step + 1)
    save(steps)
    minutes = (time.time() - began) / 60
    for parameter in model.parameters():  # what is scored from here on is what is shipped
        parameter.data = parameter.data.half().float()
    hits, (held_score, known_score) = report(steps)
    facts = sum(right_facts(model, conversations, probes)) / max(1, len(probes))
    print(f'held-out questions with all facts right: {facts:.3f}', flush=True)
    for (question, _, topic), hit in zip(probes, hits):
        if not hit:
            print(f'missed: {topics[topic].id}: {question}')
    export(model, tokenizer, args.output, {
        'seed': args.seed, 'steps': steps, 'threads': args.threads, 'tokens per step': args.tokens, 'peak learning rate': args.lr,
        'dropout': args.dropout, 'topic loss weight': args.topic_weight, 'topics': len(topics),
        'wordings trained on': sum(len(w) for _, w in train), 'wordings held out': len(held),
        'minutes': round(minutes, 1), 'versions': versions, 'corpus': digest,
        'exact answers, held-out wordings': f'{held_score:.1%} of {len(hits)} questions from {len(held)} wordings',
        'all facts right, held-out wordings': f'{facts:.1%} of the same questions',
        'exact answers, trained wordings': f'{known_score:.1%} of {len(known)} questions',
    })


if __name__ == '__main__':
    main()
