"""Golden values for `tests/layers/shapes.rs`."""

import torch
from record import Recorder, integers, normal
from torch.nn import functional as F

record = Recorder("layers_shapes")


def everything(x):
    return (x / 3).amin() + (1 + x / 9).prod() + x.std() + x.logsumexp((0, 1)) + x.norm(3)


def norms(x):
    return x.norm(2, 1) + x.norm(1, 1) + x.norm(float("inf"), 1) + x.norm(1.5, 1)


def parts(x):
    rows = x.unbind(0)
    left, right = x.split([1, 3], 1)
    first, second = x.chunk(2, 1)
    picked = torch.stack([rows[0] * rows[1], rows[2], x[1]])
    return picked * torch.cat([right, left], 1) * torch.cat([second, first], 1)


def copies(x):
    return x.repeat(2, 3) * x.repeat_interleave(2, 0).repeat_interleave(3, 1)


def new_tensors(x):
    counted = x * torch.arange(4) + torch.linspace(-1, 1, 4, dtype=torch.float64)
    return counted + torch.eye(4, dtype=torch.float64) @ x + torch.full((4, 4), 0.25)


def moved_labels(x, label):
    label = torch.cat([label.flip(1).t()[1:], label.roll(1, 1)[:, :2]]).reshape(8)
    return F.one_hot(label, 3) * x


def masked_scores(x, mask):
    return x.masked_fill(mask > 0, -float("inf")).logsumexp(1)


def few_values():
    return integers(4, 6, 5).double() - 1


def extremes(x, axis):
    return x.amin(axis) + x.prod(axis) + x.amax(axis) + x.sum(axis)


record.function("reduce_first", lambda x: extremes(x, 0), x=normal(3, 4, 5))
record.function("reduce_middle", lambda x: extremes(x, 1), x=normal(3, 4, 5))
record.function("reduce_last", lambda x: extremes(x, 2), x=normal(3, 4, 37))
record.function("reduce_all", everything, x=normal(6, 7))
record.function("prod_with_zeros", lambda x: x.prod(1), x=few_values())
record.function("spread", lambda x: x.var(1) + x.std(1, correction=0), x=normal(3, 6))
record.function("norms", norms, x=normal(3, 6))
record.function("cumsum", lambda x: x.cumsum(1) * x.cumsum(2), x=normal(2, 3, 17))
record.function("cumprod", lambda x: x.cumprod(1) + x.cumprod(0), x=normal(3, 5))
record.function("cumprod_with_zeros", lambda x: x.cumprod(1), x=few_values())
record.function("flip", lambda x: x.flip(1) * x.flip((0, 2)), x=normal(2, 3, 4))
record.function("roll", lambda x: x.roll(1, 1) * x.roll((-1, 2), (0, 2)) + x.roll(5), x=normal(2, 3, 4))
record.function("step_by", lambda x: x[:, 1::2] * x[:, ::2], x=normal(3, 8))
record.function("diagonals", lambda x: x.diagonal(1).diag(-1) + x.trace() + x.diag(), x=normal(4, 4))
record.function("masked_scores", masked_scores, x=normal(3, 4), mask=normal(4), without_grad=("mask",))
record.function("triangles", lambda x: x.tril(1) @ x.triu(), x=normal(4, 4))
record.function("parts", parts, x=normal(3, 4))
record.function("copies", copies, x=normal(2, 3))
record.function("new_tensors", new_tensors, x=normal(4, 4))
record.function("one_hot", lambda x, label: F.one_hot(label, 5) * x, x=normal(4, 5), label=integers(5, 4))
record.function("moved_labels", moved_labels, x=normal(8, 3), label=integers(3, 2, 3))
record.function("moved_long_labels", moved_labels, x=normal(8, 3), label=integers(3, 2, 3))
record.save()
