"""Golden values for `tests/layers/loss.rs`."""

import torch
from record import Recorder, integers, normal, uniform
from torch import nn
from torch.nn import functional as F

record = Recorder("layers_loss")


def loss(case, function, reductions=("mean", "none"), **inputs):
    """A loss with several reductions. Sums are compared with single losses in the compiler's tests."""
    for reduction in reductions:
        suffix = "" if reduction == "mean" else f"_{reduction}"
        record.function(case + suffix, lambda *args, r=reduction: function(*args, reduction=r), **inputs)


def signs(*shape):
    return integers(2, *shape).double() * 2 - 1


# Cross-entropy of labels, of images of labels, and of probabilities.
def labels():
    return torch.tensor([0, 2, -100, 1, 2])


weight = uniform(3, low=0.5, high=2.0)
fixed = {"without_grad": ("weight",), "weight": weight}
EACH = ("mean", "sum", "none")
loss("cross_entropy", F.cross_entropy, EACH, x=normal(5, 3), label=labels())
loss(
    "cross_entropy_options",
    lambda x, label, weight, reduction: F.cross_entropy(
        x, label, weight, ignore_index=2, label_smoothing=0.2, reduction=reduction
    ),
    EACH,
    x=normal(2, 3, 4),
    label=integers(3, 2, 4),
    **fixed,
)
record.function(
    "cross_entropy_smooth", lambda x, label: F.cross_entropy(x, label, label_smoothing=0.1), x=normal(4, 3), label=integers(3, 4)
)
record.function("cross_entropy_all_ignored", F.cross_entropy, x=normal(2, 3), label=torch.tensor([-100, -100]))
record.function(
    "cross_entropy_weight_zero",
    lambda x, label, weight: F.cross_entropy(x, label, weight, label_smoothing=0.3),
    x=normal(4, 3),
    label=torch.tensor([0, 1, 2, 1]),
    weight=torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64),
    without_grad=("weight",),
)
loss(
    "cross_entropy_probs",
    lambda x, target, weight, reduction: F.cross_entropy(x, target, weight, label_smoothing=0.2, reduction=reduction),
    x=normal(2, 3, 4),
    target=uniform(2, 3, 4),
    **fixed,
)
record.function("cross_entropy_probs_plain", F.cross_entropy, x=normal(5, 3), target=uniform(5, 3))
record.function("cross_entropy_one_class", F.cross_entropy, x=normal(1, 1), label=integers(1, 1))
loss(
    "nll_loss",
    lambda x, label, weight, reduction: F.nll_loss(x, label, weight, ignore_index=1, reduction=reduction),
    x=normal(5, 3),
    label=integers(3, 5),
    **fixed,
)
record.function("nll_loss_plain", F.nll_loss, x=normal(5, 3), label=labels())
loss("multi_margin_loss", F.multi_margin_loss, x=normal(5, 3), label=integers(3, 5))
record.function(
    "multi_margin_loss_options",
    lambda x, label, weight: F.multi_margin_loss(x, label, p=2, margin=0.5, weight=weight),
    x=normal(5, 3),
    label=integers(3, 5),
    **fixed,
)

# Binary decisions.
loss("bce_loss", F.binary_cross_entropy, x=uniform(4, 3, low=0.05, high=0.95), target=uniform(4, 3))
record.function(
    "bce_loss_weight",
    F.binary_cross_entropy,
    x=uniform(4, 3, low=0.05, high=0.95),
    target=uniform(4, 3),
    weight=uniform(4, 1, low=0.5, high=2.0),
    without_grad=("target", "weight"),
)
record.function(
    "bce_loss_certain",
    lambda x, target: F.binary_cross_entropy(x, target, reduction="none"),
    x=torch.tensor([0.0, 1.0, 0.0, 1.0, 0.5], dtype=torch.float64),
    target=torch.tensor([1.0, 0.0, 0.5, 0.5, 0.5], dtype=torch.float64),
    without_grad=("target",),
)
loss("bce_with_logits_loss", F.binary_cross_entropy_with_logits, x=normal(4, 3, scale=4.0), target=uniform(4, 3))
loss(
    "bce_with_logits_loss_weights",
    lambda x, target, weight, pos_weight, reduction: F.binary_cross_entropy_with_logits(
        x, target, weight, pos_weight=pos_weight, reduction=reduction
    ),
    x=normal(4, 3, scale=4.0),
    target=uniform(4, 3),
    weight=uniform(4, 1, low=0.5, high=2.0),
    pos_weight=uniform(3, low=0.5, high=2.0),
    without_grad=("weight", "pos_weight"),
)
record.function(
    "bce_with_logits_loss_number", lambda x: F.binary_cross_entropy_with_logits(x, torch.ones_like(x)), x=normal(4, 1)
)
loss("multilabel_soft_margin_loss", F.multilabel_soft_margin_loss, x=normal(4, 3), target=uniform(4, 3))
record.function(
    "multilabel_soft_margin_loss_weight",
    F.multilabel_soft_margin_loss,
    x=normal(4, 3),
    target=uniform(4, 3),
    **fixed,
)


def sigmoid_focal_loss(x, target, alpha=0.25, gamma=2.0, reduction="none"):
    """torchvision's `ops.sigmoid_focal_loss`."""
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, target, reduction="none")
    p_t = p * target + (1 - p) * (1 - target)
    loss = ce * (1 - p_t) ** gamma
    if alpha >= 0:
        loss = (alpha * target + (1 - alpha) * (1 - target)) * loss
    return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[reduction]()


loss("sigmoid_focal_loss", sigmoid_focal_loss, x=normal(4, 3), target=integers(2, 4, 3).double(), without_grad=("target",))
record.function(
    "sigmoid_focal_loss_options",
    lambda x, target: sigmoid_focal_loss(x, target, alpha=-1, gamma=1.5),
    x=normal(4, 3),
    target=integers(2, 4, 3).double(),
    without_grad=("target",),
)


def dice_loss(x, target, smooth_nr=1e-5, smooth_dr=1e-5, squared=False, reduction="mean"):
    """MONAI's `DiceLoss` without its activations and options of classes."""
    axes = list(range(2, x.ndim))
    size = (x**2 + target**2 if squared else x + target).sum(axes)
    loss = 1 - (2 * (x * target).sum(axes) + smooth_nr) / (size + smooth_dr)
    return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[reduction]()


loss("dice_loss", dice_loss, x=uniform(2, 3, 4, 2), target=uniform(2, 3, 4, 2))
record.function(
    "dice_loss_options", lambda x, target: dice_loss(x, target, 0.5, 0.25, True), x=uniform(2, 1, 5), target=uniform(2, 1, 5)
)

# Distributions.
loss("kl_div", F.kl_div, x=normal(4, 3), target=uniform(4, 3, low=0.1))
record.function("kl_div_batchmean", lambda x, t: F.kl_div(x, t, reduction="batchmean"), x=normal(4, 3), target=uniform(4, 3, low=0.1))
record.function("kl_div_log_target", lambda x, t: F.kl_div(x, t, log_target=True), x=normal(4, 3), target=normal(4, 3))
record.function(
    "kl_div_zeros",
    lambda x, t: F.kl_div(x, t, reduction="sum"),
    x=normal(3),
    target=torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64),
    without_grad=("target",),
)
loss("poisson_nll_loss", F.poisson_nll_loss, x=normal(4, 3), target=uniform(4, 3, high=5.0))
loss(
    "poisson_nll_loss_options",
    lambda x, target, reduction: F.poisson_nll_loss(x, target, log_input=False, full=True, eps=0.1, reduction=reduction),
    x=uniform(4, 3, low=0.1),
    target=uniform(4, 3, high=5.0),
)
loss("gaussian_nll_loss", F.gaussian_nll_loss, x=normal(4, 3), target=normal(4, 3), var=uniform(4, 3, low=0.2, high=2.0))
record.function(
    "gaussian_nll_loss_full",
    lambda x, target, var: F.gaussian_nll_loss(x, target, var, full=True, eps=0.5),
    x=normal(4, 3),
    target=normal(4, 3),
    var=uniform(4, 1, high=1.0),
)
record.function("gaussian_nll_loss_one", F.gaussian_nll_loss, x=normal(4, 3), target=normal(4, 3), var=uniform(4, low=0.2))

# Errors of numbers.
for name in ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"]:
    loss(name, getattr(F, name), x=normal(4, 3), target=normal(4, 3))
loss("soft_margin_loss", F.soft_margin_loss, x=normal(4, 3), target=signs(4, 3), without_grad=("target",))
record.function("smooth_l1_loss_beta", lambda x, t: F.smooth_l1_loss(x, t, beta=0.3), x=normal(4, 3), target=normal(4, 3))
record.function("smooth_l1_loss_without_tip", lambda x, t: F.smooth_l1_loss(x, t, beta=0.0), x=normal(4), target=normal(4))
record.function("huber_loss_delta", lambda x, t: F.huber_loss(x, t, delta=0.3), x=normal(4, 3), target=normal(4, 3))
ties = torch.tensor([1.0, 2.0, -0.5, 0.5], dtype=torch.float64)
for name in ["l1_loss", "smooth_l1_loss", "huber_loss"]:
    zero = torch.tensor([1.0, 1.0, 0.5, 0.5], dtype=torch.float64)
    record.function(f"{name}_ties", lambda x, t, f=getattr(F, name): f(x, t, reduction="none"), x=ties, target=zero)

# Pairs and triplets.
loss("hinge_embedding_loss", F.hinge_embedding_loss, x=normal(4, 3), target=signs(4, 3), without_grad=("target",))
record.function(
    "hinge_embedding_loss_margin",
    lambda x, t: F.hinge_embedding_loss(x, t, margin=0.5, reduction="none"),
    x=torch.tensor([0.5, 0.25, 2.0, 0.5], dtype=torch.float64),
    target=torch.tensor([-1.0, -1.0, -1.0, 1.0], dtype=torch.float64),
    without_grad=("target",),
)
loss("margin_ranking_loss", F.margin_ranking_loss, x=normal(5), other=normal(5), target=signs(5), without_grad=("target",))
record.function(
    "margin_ranking_loss_margin",
    lambda x, other, t: F.margin_ranking_loss(x, other, t, margin=0.5, reduction="none"),
    x=torch.tensor([0.5, 1.0, 0.0], dtype=torch.float64),
    other=torch.tensor([0.0, 0.0, 0.0], dtype=torch.float64),
    target=torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64),
    without_grad=("target",),
)
loss(
    "cosine_embedding_loss",
    lambda x, other, t, reduction: F.cosine_embedding_loss(x, other, t, margin=0.2, reduction=reduction),
    x=normal(5, 4),
    other=normal(5, 4),
    target=signs(5),
    without_grad=("target",),
)
record.function(
    "cosine_embedding_loss_of_one",
    F.cosine_embedding_loss,
    x=normal(4),
    other=normal(4),
    target=torch.tensor(1.0, dtype=torch.float64),
    without_grad=("target",),
)
triplet = dict(anchor=normal(5, 4), positive=normal(5, 4), negative=normal(5, 4))
loss("triplet_margin_loss", F.triplet_margin_loss, **triplet)
record.function(
    "triplet_margin_loss_options",
    lambda a, p, n: F.triplet_margin_loss(a, p, n, margin=2.0, p=1.0, eps=0.01, swap=True),
    **triplet,
)
record.function("triplet_margin_loss_p3", lambda a, p, n: F.triplet_margin_loss(a, p, n, p=3.0), **triplet)
record.function(
    "triplet_margin_loss_cosine",
    lambda a, p, n: F.triplet_margin_with_distance_loss(
        a, p, n, distance_function=lambda x, y: 1 - F.cosine_similarity(x, y, dim=-1), margin=0.5, swap=True
    ),
    **triplet,
)
record.function("triplet_margin_loss_euclidean", F.triplet_margin_with_distance_loss, **triplet)


def contrastive_loss(x, other, target, margin, reduction):
    """Hadsell et al., 2006, equation 4."""
    d = F.pairwise_distance(x, other)
    loss = 0.5 * ((1 - target) * d**2 + target * F.relu(margin - d) ** 2)
    return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[reduction]()


loss(
    "contrastive_loss",
    lambda x, other, t, reduction: contrastive_loss(x, other, t, 3.0, reduction),
    x=normal(5, 4),
    other=normal(5, 4),
    target=integers(2, 5).double(),
    without_grad=("target",),
)


def info_nce_loss(queries, keys, temperature=0.1, reduction="mean"):
    """Cross-entropy of the cosines, each row being its own class."""
    scores = F.normalize(queries) @ F.normalize(keys).T / temperature
    return F.cross_entropy(scores, torch.arange(len(queries)), reduction=reduction)


loss("info_nce_loss", info_nce_loss, queries=normal(5, 4), keys=normal(5, 4))
record.function("info_nce_loss_warm", lambda q, k: info_nce_loss(q, k, 0.5), queries=normal(3, 4), keys=normal(3, 4))
LISTS = torch.tensor([[2, 0, -1, 1], [3, -1, -1, -1], [-1, 0, 1, 2], [0, 1, 2, 3], [1, 1, 3, -1]])
loss("multilabel_margin_loss", F.multilabel_margin_loss, EACH, x=normal(5, 4), label=LISTS)
loss("multilabel_margin_loss_of_one", F.multilabel_margin_loss, x=normal(4), label=LISTS[0])
loss("multilabel_margin_loss_full", F.multilabel_margin_loss, ("mean",), x=normal(2, 2), label=torch.tensor([[1, 0], [0, 0]]))


class AdaptiveLoss(nn.AdaptiveLogSoftmaxWithLoss):
    """Both results in one."""

    def forward(self, x, label):
        output, loss = super().forward(x, label)
        return output.tanh() + loss


class AdaptiveLogProb(nn.AdaptiveLogSoftmaxWithLoss):
    def forward(self, x):
        return self.log_prob(x)


FREQUENT_AND_RARE = torch.tensor([0, 9, 3, 4, 2, 7])
record.layer("adaptive_log_softmax1", AdaptiveLoss(9, 10, [4]), x=normal(6, 9), label=FREQUENT_AND_RARE)
record.layer(
    "adaptive_log_softmax2",
    AdaptiveLoss(9, 10, [2, 5], div_value=2.0, head_bias=True),
    x=normal(6, 9),
    label=FREQUENT_AND_RARE,
)
record.layer("adaptive_log_softmax3", AdaptiveLoss(9, 10, [2, 3, 6], div_value=1.5), x=normal(6, 9), label=FREQUENT_AND_RARE)
record.layer("adaptive_log_softmax_one_kind", AdaptiveLoss(9, 10, [4]), x=normal(3, 9), label=torch.tensor([0, 2, 3]))
record.layer("adaptive_log_prob1", AdaptiveLogProb(9, 10, [4], head_bias=True), x=normal(4, 9))
record.layer("adaptive_log_prob2", AdaptiveLogProb(17, 10, [2, 5]), x=normal(3, 17))
record.save()
