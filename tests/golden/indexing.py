"""Golden values of operations with indices: for `tests/layers/indexing.rs` and the compiler's `golden_indexing.rs`."""

import torch
from record import Recorder, integers, normal
from torch.nn import functional as F

record = Recorder("indexing")


def distinct(below, *shape):
    """Indices without repetition along the last axis."""
    rows = [torch.randperm(below)[: shape[-1]] for _ in range(torch.Size(shape[:-1]).numel())]
    return torch.stack(rows).reshape(shape)


def both(pair):
    """Values and places in one tensor."""
    return pair[0] * (pair[1].double() + 1.0)


def ties(*shape):
    return integers(3, *shape).double()


record.function("gather", lambda x, index: x.gather(1, index), x=normal(3, 5, 2), index=integers(5, 3, 4, 2))
record.function("gather_shorter", lambda x, index: x.gather(0, index), x=normal(4, 3), index=integers(4, 6, 2))
record.function("take_along", lambda x, index: torch.take_along_dim(x, index, 1), x=normal(3, 5), index=integers(5, 1, 4))
record.function("take_along_flat", torch.take_along_dim, x=normal(3, 5), index=integers(15, 2, 4))
record.function(
    "scatter", lambda x, index, src: x.scatter(1, index, src), x=normal(3, 6), index=distinct(6, 3, 4), src=normal(3, 4)
)
record.function(
    "scatter_shorter",
    lambda x, index, src: x.scatter(1, index, src),
    x=normal(3, 6),
    index=distinct(6, 2, 2),
    src=normal(3, 4),
    # PyTorch has the gradient of a source only where it has the shape of the index.
    without_grad=["src"],
)
record.function("scatter_number", lambda x, index: x.scatter(0, index, 2.5), x=normal(4, 3), index=integers(4, 2, 3))
record.function(
    "scatter_add",
    lambda x, index, src: x.scatter_add(0, index, src),
    x=normal(4, 3),
    index=integers(4, 7, 3),
    src=normal(7, 3),
)
record.function("index_select", lambda x, index: x.index_select(1, index), x=normal(2, 5, 3), index=integers(5, 7))
record.function("index_select_of_two_axes", lambda x, index: x[:, index], x=normal(2, 5, 3), index=integers(5, 2, 4))
record.function(
    "index_add",
    lambda x, index, src: x.index_add(1, index, src, alpha=-0.5),
    x=normal(2, 5),
    index=integers(5, 7),
    src=normal(2, 7),
)
record.function("sort", lambda x: both(x.sort(dim=-1)), x=normal(3, 7))
record.function("sort_ties", lambda x: both(x.sort(dim=0, stable=True)), x=ties(9, 2))
record.function("sort_ties_descending", lambda x: both(x.sort(dim=0, descending=True, stable=True)), x=ties(9, 2))
with_nan = normal(8)
with_nan[[1, 5]] = float("nan")
with_nan[[2, 6]] = torch.tensor([float("inf"), -float("inf")]).double()
record.function("sort_nan", lambda x: both(x.sort(stable=True)), x=with_nan)
record.function("sort_nan_descending", lambda x: both(x.sort(descending=True, stable=True)), x=with_nan)
record.function("argsort", lambda x: x * x.argsort(dim=1, stable=True), x=normal(2, 6))
record.function("topk", lambda x: both(x.topk(3, dim=1)), x=normal(2, 7, 2))
record.function("topk_smallest", lambda x: both(x.topk(2, largest=False)), x=normal(3, 6))
record.function("kthvalue", lambda x: both(x.kthvalue(3, dim=0, keepdim=True)), x=normal(6, 3))
record.function("median", lambda x: both(x.median(dim=1)), x=normal(3, 6))
record.function("median_of_all", lambda x: x.median(), x=normal(3, 5))
record.function("median_nan", lambda x: both(x.median(dim=0)), x=with_nan)
record.function(
    "searchsorted",
    lambda rows, x: x * torch.searchsorted(rows.detach(), x.detach(), right=True),
    rows=normal(2, 6).sort().values,
    x=normal(2, 4),
    without_grad=["rows"],
)
record.function(
    "bucketize",
    lambda x, boundaries: x * torch.bucketize(x.detach(), boundaries),
    x=ties(3, 4),
    boundaries=torch.tensor([0.0, 1.0, 1.5]).double(),
    without_grad=["boundaries"],
)
einsum = {
    "einsum_matmul": ("bik,bkj->bij", [2, 3, 4], [2, 4, 2]),
    "einsum_attention": ("bqhd,bkhd->bhqk", [2, 3, 2, 4], [2, 5, 2, 4]),
    "einsum_bilinear": ("bi,oij,bj->bo", [3, 2], [4, 2, 5], [3, 5]),
    "einsum_diagonal": ("iij,j->i", [3, 3, 2], [2]),
    "einsum_implicit": ("ca,ab", [3, 2], [2, 4]),
    "einsum_ellipsis": ("...ik,k...->...i", [5, 2, 3], [3, 1]),
    "einsum_outer": ("i,jk->kij", [2], [3, 2]),
    "einsum_sums": ("ijk->k", [2, 3, 4]),
    "einsum_trace": ("ii", [4, 4]),
}
for case, (equation, *shapes) in einsum.items():
    operands = {name: normal(*shape) for name, shape in zip("abc", shapes)}
    record.function(case, lambda *x, equation=equation: torch.einsum(equation, *x), **operands)

targets = torch.tensor([[1, 1, 3], [2, 3, 0], [0, 0, 0]])
input_lengths, target_lengths = torch.tensor([7, 5, 6]), torch.tensor([3, 2, 0])


def ctc(case, classes=4, targets=targets, input_lengths=input_lengths, target_lengths=target_lengths, **options):
    def loss(x, targets, input_lengths, target_lengths):
        return F.ctc_loss(x.log_softmax(-1), targets, input_lengths, target_lengths, **options)

    record.function(
        case,
        loss,
        x=normal(7, 3, classes),
        targets=targets,
        input_lengths=input_lengths,
        target_lengths=target_lengths,
    )


ctc("ctc_loss")
ctc("ctc_loss_each", reduction="none")
ctc("ctc_loss_last_is_blank", classes=5, blank=4, reduction="sum")
# Three steps are one too few for two equal labels and another.
too_few = torch.tensor([3, 5, 6])
ctc("ctc_loss_impossible", input_lengths=too_few, reduction="none")
ctc("ctc_loss_zero_infinity", input_lengths=too_few, zero_infinity=True)

index = torch.tensor([[3, 0, 3], [5, 5, 1]])
record.function("embedding", lambda index, weight: F.embedding(index, weight, padding_idx=3), index=index, weight=normal(6, 2))
bags = torch.tensor([[3, 0, 5, 0], [5, 5, 5, 5], [1, 1, 5, 2]])
for mode in ["sum", "mean", "max"]:
    record.function(
        f"embedding_bag_{mode}",
        lambda index, weight, mode=mode: F.embedding_bag(index, weight, mode=mode, padding_idx=5),
        index=bags,
        weight=normal(6, 2),
    )
record.function(
    "embedding_bag_weighted",
    lambda index, weight, factors: F.embedding_bag(index, weight, mode="sum", per_sample_weights=factors),
    index=bags,
    weight=normal(6, 2),
    factors=normal(3, 4),
)
record.save()
