"""Starts the model as a bag-of-tokens topic classifier, which costs seconds and saves an hour of training.

Averaging token vectors and reading the topic off the average already names the topic of most questions, but a fresh
transformer finds that out slowly. So that classifier is trained on its own, in the very form that layer 0 can hold:
RMSNorm of the embedding, uniform attention, half of the dimensions as values, residual, final RMSNorm, topic head.
"""

import numpy as np
import torch
import torch.nn.functional as F

from tokenizer import END_ID

BATCH = 512
EMBEDDING_STD = 0.03
# Weight of the average beside the token itself in the residual stream: larger drowns the token, smaller the topic.
POOL_WEIGHT = 3.0


def classify(embedding, head, ids, offsets, width):
    """Topic scores [batch, topics] of flat prompts."""
    normed = embedding[ids]
    normed = normed * torch.rsqrt(normed.square().mean(-1, keepdim=True) + 1e-5)
    lengths = torch.diff(offsets, append=torch.tensor([len(ids)]))
    owner = torch.repeat_interleave(torch.arange(len(offsets)), lengths)
    pooled = torch.zeros(len(offsets), width).index_add(0, owner, normed[:, :width]) / lengths[:, None]
    last = embedding[ids[offsets + lengths - 1]]
    residual = torch.cat((last[:, :width] + POOL_WEIGHT * pooled, last[:, width:]), 1)
    return head(residual * torch.rsqrt(residual.square().mean(-1, keepdim=True) + 1e-5))


def warm_start(model, head, conversations, seed, questions=300_000, epochs=3):
    """Trains the classifier on sampled questions and writes it into embedding, layer 0 and topic head."""
    config = model.config
    width = config.num_key_value_heads * config.head_dim
    rng = np.random.default_rng([seed, 23])
    prompts, labels = [], []
    for _ in range(questions):
        topic, wordings = conversations.train[int(rng.integers(len(conversations.train)))]
        question = conversations.encode_question(topic, wordings, rng)
        prompts.append(np.array(conversations.heads['user'] + question + [END_ID] + conversations.newline + conversations.heads['assistant']))
        labels.append(conversations.classes[topic])
    labels = torch.tensor(labels)
    embedding = torch.nn.Parameter(torch.randn(config.vocab_size, config.hidden_size))
    optimizer = torch.optim.Adam([embedding, *head.parameters()], lr=1e-2)
    steps, step = epochs * (questions // BATCH), 0
    for epoch in range(epochs):
        order = rng.permutation(questions)
        right = 0
        for start in range(0, questions - BATCH + 1, BATCH):
            part = order[start:start + BATCH]
            rows = [prompts[i] for i in part]
            offsets = torch.tensor(np.cumsum([0, *map(len, rows[:-1])]))
            scores = classify(embedding, head, torch.from_numpy(np.concatenate(rows)), offsets, width)
            loss = F.cross_entropy(scores, labels[part], label_smoothing=0.05)
            for group in optimizer.param_groups:
                group['lr'] = 1e-2 * (1 - step / steps)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            right += (scores.argmax(-1) == labels[part]).sum().item()
            step += 1
        print(f'warm start, epoch {epoch + 1}: topic {right / (questions // BATCH * BATCH):.3f}', flush=True)
    with torch.no_grad():
        scale = EMBEDDING_STD / embedding.std()
        model.model.embed_tokens.weight.copy_(embedding * scale)
        attention = model.model.layers[0].self_attn
        group = config.num_attention_heads // config.num_key_value_heads
        attention.qkv_proj.weight[-width:] = torch.eye(width, config.hidden_size)
        spread = torch.eye(width).view(config.num_key_value_heads, config.head_dim, width)
        spread = spread.repeat_interleave(group, 0).reshape(-1, width) * (POOL_WEIGHT * scale / group)
        attention.o_proj.weight.zero_()
        attention.o_proj.weight[:width] = spread.T
