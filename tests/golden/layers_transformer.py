"""Golden values for `tests/layers/transformer.rs`."""

import math

import torch
from record import Recorder, normal
from torch import nn
from torch.nn import functional as F

record = Recorder("layers_transformer")

MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]], dtype=torch.float64)
CAUSAL = torch.triu(torch.full((5, 5), -torch.inf, dtype=torch.float64), 1)


class Attention(nn.MultiheadAttention):
    """PyTorch's layer, of itself or of another sequence."""

    def __init__(self, width, heads, causal=False, **options):
        super().__init__(width, heads, batch_first=True, **options)
        self.causal = causal

    def forward(self, x, memory=None, mask=None, scores=None):
        memory = x if memory is None else memory
        added = None
        if self.causal:
            added = CAUSAL
        if scores is not None:
            scores = scores.expand(x.shape[0], self.num_heads, -1, -1).flatten(0, 1)
            added = scores if added is None else scores + added
        padding = None if mask is None else torch.where(mask > 0.5, 0.0, -torch.inf)
        return super().forward(
            x, memory, memory, attn_mask=added, key_padding_mask=padding, need_weights=False
        )[0]


class Inner(nn.Module):
    """A layer called in another way."""

    def __init__(self, inner, call):
        super().__init__()
        self.inner, self.call = inner, call

    def forward(self, *inputs):
        return self.call(self.inner, *inputs)


x = dict(x=normal(2, 5, 6))
record.layer("attention", Attention(6, 2), **x)
record.layer("attention_causal", Attention(6, 3, causal=True), **x)
record.layer("attention_without_bias", Attention(6, 1, bias=False), **x)
record.layer(
    "attention_masked", Inner(Attention(6, 2, causal=True), lambda a, x, mask: a(x, mask=mask)),
    without_grad=("mask",), **x, mask=MASK,
)
record.layer(
    "attention_biased", Inner(Attention(6, 2), lambda a, x, scores: a(x, scores=scores)),
    **x, scores=normal(2, 1, 5, 5),
)
record.layer(
    "attention_cross", Inner(Attention(6, 2), lambda a, x, memory: a(x, memory)), x=normal(2, 3, 6), memory=normal(2, 5, 6),
)
record.layer(
    "attention_cross_masked", Inner(Attention(6, 2), lambda a, x, memory, mask: a(x, memory, mask)),
    without_grad=("mask",), x=normal(2, 3, 6), memory=normal(2, 5, 6), mask=MASK,
)


def rotate(x, first, base):
    """Rotary positions as in LLaMA: halves are rotated into each other."""
    half = x.shape[-1] // 2
    frequency = base ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = (torch.arange(x.shape[-2], dtype=torch.float64) + first)[:, None] * frequency
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)


class Grouped(nn.Module):
    """Grouped-query attention with the names of LLaMA."""

    def __init__(self, width, heads, groups, bias=False, base=10000.0, rotary=True):
        super().__init__()
        self.heads, self.groups, self.base, self.rotary = heads, groups, base, rotary
        small = width // heads * groups
        self.q_proj, self.k_proj = nn.Linear(width, width, bias), nn.Linear(width, small, bias)
        self.v_proj, self.o_proj = nn.Linear(width, small, bias), nn.Linear(width, width, bias)

    def forward(self, x):
        split = lambda y, heads: y.unflatten(2, (heads, -1)).transpose(1, 2)
        q, k = split(self.q_proj(x), self.heads), split(self.k_proj(x), self.groups)
        v = split(self.v_proj(x), self.groups)
        if self.rotary:
            q, k = rotate(q, 0, self.base), rotate(k, 0, self.base)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.o_proj(y.transpose(1, 2).flatten(2))


record.layer("grouped", Grouped(8, 4, 2), x=normal(2, 5, 8))
record.layer("grouped_one", Grouped(8, 4, 1, bias=True, base=100.0), x=normal(2, 5, 8))
record.layer("grouped_plain", Grouped(8, 2, 2, rotary=False), x=normal(2, 5, 8))


class Positions(nn.Module):
    """Sines and cosines as in PyTorch's tutorial on transformers."""

    def forward(self, x):
        length, width = x.shape[1:]
        frequency = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10000.0) / width))
        angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
        return x + torch.stack([angle.sin(), angle.cos()], 2).flatten(1)


record.layer("positions", Positions(), x=normal(2, 5, 6))


class Encoder(nn.TransformerEncoderLayer):
    def __init__(self, causal=False, **options):
        super().__init__(6, 2, 7, dropout=0.0, batch_first=True, **options)
        self.causal = causal

    def forward(self, x, mask=None):
        padding = None if mask is None else torch.where(mask > 0.5, 0.0, -torch.inf)
        return super().forward(x, src_mask=CAUSAL if self.causal else None, src_key_padding_mask=padding)


class Decoder(nn.TransformerDecoderLayer):
    def __init__(self, **options):
        super().__init__(6, 2, 7, dropout=0.0, batch_first=True, **options)

    def forward(self, x, memory, mask=None):
        padding = None if mask is None else torch.where(mask > 0.5, 0.0, -torch.inf)
        return super().forward(x, memory, tgt_mask=CAUSAL, memory_key_padding_mask=padding)


options = dict(norm_first=True, activation="gelu", bias=False, layer_norm_eps=0.01)
both = dict(x=normal(2, 5, 6), memory=normal(2, 5, 6))
record.layer("encoder", Encoder(), **x)
record.layer("encoder_options", Encoder(causal=True, **options), **x)
record.layer("encoder_masked", Inner(Encoder(), lambda e, x, mask: e(x, mask)), without_grad=("mask",), **x, mask=MASK)
record.layer("decoder", Decoder(), **both)
record.layer("decoder_options", Decoder(**options), **both)
record.layer(
    "decoder_masked", Inner(Decoder(), lambda d, x, memory, mask: d(x, memory, mask)), without_grad=("mask",), **both, mask=MASK,
)
record.save()
