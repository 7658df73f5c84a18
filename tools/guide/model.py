"""The llama architecture of the built-in guide, with the fused matrices and names that MLC uses."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Config:
    """Sizes; the defaults are the shipped model: 3,721,984 parameters."""

    hidden_size: int = 256
    intermediate_size: int = 576
    num_attention_heads: int = 8
    num_key_value_heads: int = 4
    num_hidden_layers: int = 5
    head_dim: int = 32
    vocab_size: int = 2048
    context_window_size: int = 1024
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0
    dropout: float = 0.0


# On a CPU these three element-wise steps cost as much as the matrix products when autograd records them operation by
# operation; written-out backward passes halve that.
class NormFunction(torch.autograd.Function):
    """x / sqrt(mean(x^2) + eps) * weight."""

    @staticmethod
    def forward(ctx, x, weight, eps):
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        normed = x * scale
        ctx.save_for_backward(normed, scale, weight)
        return normed * weight

    @staticmethod
    def backward(ctx, grad):
        normed, scale, weight = ctx.saved_tensors
        product = grad * normed
        grad_weight = product.flatten(0, -2).sum(0)
        inner = torch.mv(product.flatten(0, -2), weight).view(scale.shape).div_(normed.shape[-1])
        return (grad * weight).addcmul_(normed, inner, value=-1).mul_(scale), grad_weight, None


class RotateFunction(torch.autograd.Function):
    """RoPE in HF layout over [..., length, head_dim]: pairs are (i, i + half); cos and sin are [length, half]."""

    @staticmethod
    def rotate(x, cos, sin, sign):
        half = x.shape[-1] // 2
        low, high, out = x[..., :half], x[..., half:], torch.empty(x.shape)
        torch.mul(low, cos, out=out[..., :half]).addcmul_(high, sin, value=-sign)
        torch.mul(high, cos, out=out[..., half:]).addcmul_(low, sin, value=sign)
        return out

    @staticmethod
    def forward(ctx, x, cos, sin):
        ctx.save_for_backward(cos, sin)
        return RotateFunction.rotate(x, cos, sin, 1)

    @staticmethod
    def backward(ctx, grad):
        return RotateFunction.rotate(grad, *ctx.saved_tensors, -1), None, None


class GateFunction(torch.autograd.Function):
    """silu(gate) * up, the two halves of the last axis."""

    @staticmethod
    def forward(ctx, both):
        gate, up = both.chunk(2, -1)
        ctx.save_for_backward(both)
        return F.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx, grad):
        both, = ctx.saved_tensors
        gate, up = both.chunk(2, -1)
        share = torch.sigmoid(gate)
        silu = gate * share
        result = torch.empty_like(both)
        first, second = result.chunk(2, -1)
        torch.mul(grad, silu, out=second)
        # silu'(g) = s + silu(g) * (1 - s) = s + silu(g) - silu(g) * s
        share.add_(silu).addcmul_(silu, torch.sigmoid(gate), value=-1)
        torch.mul(share.mul_(up), grad, out=first)
        return result


class RMSNorm(nn.Module):
    """Root mean square norm with a weight."""

    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return NormFunction.apply(x, self.weight, self.eps)


class Attention(nn.Module):
    """Grouped-query attention; rows of qkv_proj are all q heads, then k heads, then v heads."""

    def __init__(self, config):
        super().__init__()
        self.q_heads, self.kv_heads, self.head_dim = config.num_attention_heads, config.num_key_value_heads, config.head_dim
        rows = (self.q_heads + 2 * self.kv_heads) * self.head_dim
        self.qkv_proj = nn.Linear(config.hidden_size, rows, bias=False)
        self.o_proj = nn.Linear(self.q_heads * self.head_dim, config.hidden_size, bias=False)

    def forward(self, x, cos, sin, mask):
        batch, length, _ = x.shape
        rotated = self.q_heads + self.kv_heads
        qkv = self.qkv_proj(x).view(batch, length, rotated + self.kv_heads, self.head_dim).transpose(1, 2)
        qk, v = qkv.split((rotated, self.kv_heads), 1)
        q, k = RotateFunction.apply(qk, cos, sin).split((self.q_heads, self.kv_heads), 1)
        # A group of q heads shares one k/v head: fold the group into the rows instead of copying k and v.
        group = self.q_heads // self.kv_heads
        q = q.reshape(batch * self.kv_heads, group * length, self.head_dim)
        k = k.reshape(batch * self.kv_heads, length, self.head_dim)
        v = v.reshape(batch * self.kv_heads, length, self.head_dim)
        scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=1 / math.sqrt(self.head_dim))
        out = torch.bmm(scores.softmax(-1), v)
        out = out.view(batch, self.q_heads, length, self.head_dim).transpose(1, 2).reshape(batch, length, -1)
        return self.o_proj(out)


class MLP(nn.Module):
    """SwiGLU; gate rows first, then up rows."""

    def __init__(self, config):
        super().__init__()
        self.gate_up_proj = nn.Linear(config.hidden_size, 2 * config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x):
        return self.down_proj(GateFunction.apply(self.gate_up_proj(x)))


class Layer(nn.Module):
    """Pre-norm attention and MLP with residuals."""

    def __init__(self, config):
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = MLP(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.dropout = config.dropout

    def forward(self, x, cos, sin, mask):
        x = x + F.dropout(self.self_attn(self.input_layernorm(x), cos, sin, mask), self.dropout, self.training)
        return x + F.dropout(self.mlp(self.post_attention_layernorm(x)), self.dropout, self.training)


class Body(nn.Module):
    """Embedding, layers and final norm."""

    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)


class Llama(nn.Module):
    """The whole model; parameter names equal MLC's (`model.layers.0.self_attn.qkv_proj.weight`, ...)."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.model = Body(config)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith(('o_proj.weight', 'down_proj.weight'))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * config.num_hidden_layers) if residual else 0.02)
        frequencies = config.rope_theta ** (-torch.arange(0, config.head_dim, 2).double() / config.head_dim)
        angles = torch.arange(config.context_window_size).double()[:, None] * frequencies
        self.register_buffer('cos', angles.cos().float(), persistent=False)
        self.register_buffer('sin', angles.sin().float(), persistent=False)

    def hidden(self, ids):
        """Final hidden states [batch, length, hidden] of ids [batch, length]; padding stands at the right."""
        length = ids.shape[1]
        group = self.config.num_attention_heads // self.config.num_key_value_heads
        mask = torch.full((length, length), float('-inf')).triu(1).repeat(group, 1)[None]
        x = F.dropout(self.model.embed_tokens(ids), self.config.dropout, self.training)
        for layer in self.model.layers:
            x = layer(x, self.cos[:length], self.sin[:length], mask)
        return self.model.norm(x)

    def logits(self, hidden):
        """Logits over the vocabulary; the head is the embedding."""
        return F.linear(hidden, self.model.embed_tokens.weight)
