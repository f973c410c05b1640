"""Golden values of attention: for `tests/layers/attention.rs` and the compiler's `golden_attention.rs`."""

import torch
from record import Recorder, normal
from torch.nn import functional as F

record = Recorder("attention")


def attention(case, q, k, v, mask=None, *, mask_of=lambda mask: mask, without_grad=(), **options):
    """Records a call; `mask_of` makes the mask that PyTorch is given. Gradients that are 0 are not compared in float32."""
    inputs = {"q": normal(*q), "k": normal(*k), "v": normal(*v)}
    if mask is not None:
        inputs["mask"] = mask

    def function(q, k, v, mask=None):
        mask = mask_of(mask)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, **options)

    record.function(case, function, without_grad=without_grad, **inputs)


def band(queries, keys, first=None, last=None):
    """Whether `first <= key - query <= last`: what macrograd's offsets and windows mean."""
    distance = torch.arange(keys)[None, :] - torch.arange(queries)[:, None]
    seen = torch.ones(queries, keys, dtype=torch.bool)
    if first is not None:
        seen &= distance >= first
    if last is not None:
        seen &= distance <= last
    return seen


def banded(queries, keys, first=None, last=None):
    return lambda _: band(queries, keys, first, last)


attention("plain", (2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 6))
attention("scale", (2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 4), scale=-0.75)
attention("three_axes", (3, 5, 4), (3, 7, 4), (3, 7, 2))
attention("five_axes", (2, 1, 3, 4, 2), (2, 1, 3, 5, 2), (2, 1, 3, 5, 2))
attention("one_query", (2, 2, 1, 8), (2, 2, 9, 8), (2, 2, 9, 8))
attention("one_key", (2, 2, 3, 4), (2, 2, 1, 4), (2, 2, 1, 4), without_grad=["q", "k"])
attention("blocks", (1, 2, 70, 4), (1, 2, 140, 4), (1, 2, 140, 4))

attention("causal", (2, 2, 6, 4), (2, 2, 6, 4), (2, 2, 6, 4), is_causal=True)
attention("causal_more_keys", (1, 2, 4, 4), (1, 2, 7, 4), (1, 2, 7, 4), is_causal=True)
attention("causal_more_queries", (1, 2, 7, 4), (1, 2, 4, 4), (1, 2, 4, 4), is_causal=True)
attention("causal_blocks", (1, 1, 70, 4), (1, 1, 140, 4), (1, 1, 140, 4), is_causal=True)
attention("causal_offset", (1, 2, 4, 4), (1, 2, 7, 4), (1, 2, 7, 4), mask_of=banded(4, 7, last=3))
attention("causal_offset_negative", (1, 2, 6, 4), (1, 2, 6, 4), (1, 2, 6, 4), mask_of=banded(6, 6, last=-2))
attention("window", (1, 2, 9, 4), (1, 2, 9, 4), (1, 2, 9, 4), mask_of=banded(9, 9, -2, 0))
attention("window_both_sides", (1, 2, 9, 4), (1, 2, 9, 4), (1, 2, 9, 4), mask_of=banded(9, 9, -2, 2))
attention("window_with_offset", (1, 2, 4, 4), (1, 2, 9, 4), (1, 2, 9, 4), mask_of=banded(4, 9, 5 - 2, 5))

attention("groups", (2, 6, 5, 4), (2, 3, 7, 4), (2, 3, 7, 4), enable_gqa=True)
attention("one_group", (2, 4, 5, 4), (2, 1, 5, 4), (2, 1, 5, 4), enable_gqa=True, is_causal=True)

attention("mask", (2, 2, 5, 4), (2, 2, 6, 4), (2, 2, 6, 4), normal(5, 6))
attention("mask_of_heads", (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 4), normal(1, 3, 5, 6))
attention("mask_of_keys", (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 4), normal(2, 1, 1, 6))
attention("mask_of_queries", (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 4), normal(3, 5, 1), without_grad=["mask"])
attention("mask_of_all", (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 4), normal(2, 3, 5, 6))
attention("mask_of_groups", (2, 4, 5, 4), (2, 2, 6, 4), (2, 2, 6, 4), normal(4, 1, 6), enable_gqa=True)
attention(
    "mask_and_causal",
    (1, 2, 5, 4),
    (1, 2, 5, 4),
    (1, 2, 5, 4),
    normal(2, 5, 5),
    mask_of=lambda mask: mask.masked_fill(~band(5, 5, last=0), -float("inf")),
)
attention("seen", (2, 2, 5, 4), (2, 2, 6, 4), (2, 2, 6, 4), normal(5, 6), mask_of=lambda mask: mask > -0.5)
attention("seen_keys", (2, 2, 5, 4), (2, 2, 6, 4), (2, 2, 6, 4), normal(2, 1, 1, 6), mask_of=lambda mask: mask > -0.5)
nothing_seen = normal(5, 6)
nothing_seen[1] = -1.0
attention("nothing_seen", (1, 2, 5, 4), (1, 2, 6, 4), (1, 2, 6, 4), nothing_seen, mask_of=lambda mask: mask > -0.5)

record.save()
