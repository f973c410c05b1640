"""Golden values for `tests/layers/norm.rs`."""

import torch
from record import Recorder, normal, uniform
from torch import nn
from torch.nn import functional as F

record = Recorder("layers_norm")

record.layer("batch_norm1d", nn.BatchNorm1d(3), x=normal(5, 3))
record.layer("batch_norm1d_sequence", nn.BatchNorm1d(3, momentum=0.3, eps=0.01), x=normal(4, 3, 5))
record.layer("batch_norm1d_without_bias", nn.BatchNorm1d(3, bias=False), x=normal(4, 3))
record.layer("batch_norm2d_of_batch", nn.BatchNorm2d(2, track_running_stats=False), x=normal(3, 2, 2, 3))
record.layer("batch_norm3d", nn.BatchNorm3d(2), x=normal(2, 2, 3, 1, 2))
record.layer("batch_norm3d_plain", nn.BatchNorm3d(2, affine=False), x=normal(2, 2, 3, 1, 2))


class Cumulative(nn.BatchNorm2d):
    """The average over all batches after some: the counter, a whole number, is recorded as a real one."""

    def __init__(self, channels, batches):
        super().__init__(channels, momentum=None)
        del self.num_batches_tracked
        self.register_buffer("num_batches_tracked", torch.tensor(float(batches)))


record.layer("batch_norm2d_cumulative", Cumulative(2, 3), keep=("num_batches_tracked",), x=normal(3, 2, 2, 3))

record.layer("layer_norm", nn.LayerNorm(6), x=normal(2, 3, 6))
record.layer("layer_norm_one_row", nn.LayerNorm(6, eps=0.01), x=normal(6))
record.layer("layer_norm_plain", nn.LayerNorm(6, elementwise_affine=False), x=normal(3, 6))
record.layer("layer_norm_without_bias", nn.LayerNorm(6, bias=False), x=normal(3, 6))
record.layer("layer_norm_far_from_zero", nn.LayerNorm(40), x=normal(3, 40) + 8)
record.layer("layer_norm_over_2", nn.LayerNorm((3, 4)), x=normal(2, 3, 4))
record.layer("layer_norm_over_3", nn.LayerNorm((2, 3, 4)), x=normal(2, 2, 3, 4))


class LayerNorm2d(nn.LayerNorm):
    """That of timm and of torchvision's ConvNeXt."""

    def forward(self, x):
        x = F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


record.layer("layer_norm2d", LayerNorm2d(3, eps=1e-6), x=normal(2, 3, 2, 4))

EPSILON = torch.finfo(torch.float32).eps
record.layer("rms_norm", nn.RMSNorm(6, eps=EPSILON), x=normal(2, 3, 6))
record.layer("rms_norm_plain", nn.RMSNorm(6, eps=0.01, elementwise_affine=False), x=normal(3, 6))

record.layer("group_norm", nn.GroupNorm(2, 4), x=normal(2, 4, 3, 2))
record.layer("group_norm_vectors", nn.GroupNorm(3, 6, eps=0.01), x=normal(2, 6))
record.layer("group_norm_plain", nn.GroupNorm(1, 4, affine=False), x=normal(2, 4, 3))
record.layer("group_norm_without_bias", nn.GroupNorm(4, 4, bias=False), x=normal(2, 4, 3))

record.layer("instance_norm1d", nn.InstanceNorm1d(3), x=normal(2, 3, 5))
record.layer("instance_norm2d", nn.InstanceNorm2d(3, affine=True, eps=0.01), x=normal(2, 3, 2, 4))
record.layer(
    "instance_norm2d_tracked",
    nn.InstanceNorm2d(3, affine=True, track_running_stats=True, momentum=0.3),
    x=normal(2, 3, 2, 4),
)
record.layer("instance_norm3d_tracked", nn.InstanceNorm3d(2, track_running_stats=True), x=normal(2, 2, 2, 1, 3))

record.layer("local_response_norm", nn.LocalResponseNorm(3), x=normal(2, 5, 3))
record.layer("local_response_norm_even", nn.LocalResponseNorm(4, alpha=0.5, beta=0.6, k=2.0), x=normal(2, 5, 2, 3))
record.layer("local_response_norm_wide", nn.LocalResponseNorm(5, alpha=0.5), x=normal(1, 3, 2, 1, 2))

record.function("normalize", lambda x: F.normalize(x), x=normal(3, 4))
record.function("normalize_1", lambda x: F.normalize(x, p=1.0, dim=0), x=normal(3, 4))
record.function("normalize_3", lambda x: F.normalize(x, p=3.0, dim=-1, eps=4.0), x=normal(3, 2, 4))

record.layer("softmax", nn.Softmax(dim=-1), x=normal(3, 5, scale=3.0))
record.layer("softmax_of_columns", nn.Softmax(dim=0), x=normal(3, 5, scale=3.0))
record.layer("softmax_long", nn.Softmax(dim=1), x=normal(2, 70, scale=3.0))
record.layer("softmin", nn.Softmin(dim=1), x=normal(2, 3, 4))
record.layer("log_softmax", nn.LogSoftmax(dim=1), x=normal(2, 3, 4))
record.layer("softmax2d", nn.Softmax2d(), x=normal(2, 3, 2, 2))

record.layer("cosine_similarity", nn.CosineSimilarity(), x=normal(3, 4), other=normal(3, 4))
record.layer("cosine_similarity_last", nn.CosineSimilarity(dim=-1, eps=0.1), x=normal(2, 3, 4), other=normal(2, 3, 4))
record.function(
    "cosine_similarity_of_all",
    lambda x, other: F.cosine_similarity(x[:, None], other[None], dim=-1),
    x=normal(3, 4),
    other=normal(2, 4),
)
record.layer("pairwise_distance", nn.PairwiseDistance(), x=normal(3, 4), other=normal(3, 4))
record.layer("pairwise_distance_1", nn.PairwiseDistance(p=1.0, keepdim=True), x=normal(3, 4), other=normal(3, 4))
record.layer("pairwise_distance_3", nn.PairwiseDistance(p=3.0, eps=0.1), x=normal(2, 3, 4), other=normal(2, 3, 4))

record.layer("bilinear", nn.Bilinear(3, 2, 4), x=normal(5, 3), other=normal(5, 2))
record.layer("bilinear_without_bias", nn.Bilinear(3, 2, 4, bias=False), x=normal(2, 2, 3), other=normal(2, 2, 2))


class SqueezeExcitation(nn.Module):
    """torchvision's `ops.SqueezeExcitation`."""

    def __init__(self, channels, squeeze_channels, gate, activation=F.relu):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, channels, 1)
        self.gate = gate
        self.activation = activation

    def forward(self, x):
        return x * self.gate(self.fc2(self.activation(self.fc1(F.adaptive_avg_pool2d(x, 1)))))


record.layer("squeeze_excite", SqueezeExcitation(4, 3, torch.sigmoid), x=normal(2, 4, 3, 2))
record.layer("squeeze_excite_hard", SqueezeExcitation(4, 3, F.hardsigmoid), x=normal(2, 4, 3, 2))
record.layer("flatten", nn.Flatten(1, 2), x=normal(2, 3, 2, 2))
record.layer("unflatten2", nn.Unflatten(1, (3, 2)), x=normal(2, 6))
record.layer("unflatten3", nn.Unflatten(1, (3, 2, 2)), x=normal(2, 12))
record.layer("identity", nn.Identity(), x=normal(2, 3))
record.layer("squeeze_excite_silu", SqueezeExcitation(4, 3, torch.sigmoid, F.silu), x=normal(2, 4, 3, 2))
record.layer("squeeze_excite_gelu", SqueezeExcitation(4, 3, torch.tanh, F.gelu), x=normal(2, 4, 3, 2))
record.layer("rms_norm_over_2", nn.RMSNorm((3, 4), eps=EPSILON), x=normal(2, 3, 4))
record.layer("rms_norm_over_3", nn.RMSNorm((2, 3, 4), eps=0.01), x=normal(2, 2, 3, 4))
record.layer("rms_norm_over_2_plain", nn.RMSNorm((3, 4), eps=EPSILON, elementwise_affine=False), x=normal(2, 3, 4))
record.layer("unflatten4", nn.Unflatten(1, (2, 1, 2, 3)), x=normal(2, 12))
record.layer("unflatten2_last", nn.Unflatten(-1, (2, 3)), x=normal(2, 3, 6))
record.layer("unflatten3_inferred", nn.Unflatten(0, (2, -1, 1)), x=normal(6, 2))
record.function("unflatten", lambda x: x.unflatten(1, (-1, 2)), x=normal(2, 6, 2))

# The hooks, whose names of parameters are those of most saved models.
weight_norm, spectral_norm = nn.utils.weight_norm, nn.utils.spectral_norm


def conv1d():
    return nn.Conv1d(4, 6, 2, stride=3, padding=2, dilation=2, groups=2, bias=False)


def conv2d():
    return nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(2, 1), padding_mode="reflect")


def conv3d():
    return nn.Conv3d(2, 2, (2, 3, 1), padding="same", padding_mode="replicate")


record.layer("weight_norm_linear", weight_norm(nn.Linear(5, 3)), x=normal(4, 5))
record.layer("weight_norm_linear_without_bias", weight_norm(nn.Linear(5, 3, bias=False)), x=normal(2, 4, 5))
record.layer("weight_norm_conv1d", weight_norm(conv1d()), x=normal(2, 4, 8))
record.layer("weight_norm_conv2d", weight_norm(conv2d()), x=normal(2, 2, 5, 6))
record.layer("weight_norm_conv3d", weight_norm(conv3d()), x=normal(1, 2, 3, 3, 2))
record.layer("spectral_norm_linear", spectral_norm(nn.Linear(5, 3)), x=normal(4, 5))
record.layer(
    "spectral_norm_linear_3",
    spectral_norm(nn.Linear(5, 3, bias=False), n_power_iterations=3, eps=2.0),
    x=normal(2, 4, 5),
)
record.layer("spectral_norm_linear_12", spectral_norm(nn.Linear(3, 4), n_power_iterations=12), x=normal(2, 3))
record.layer("spectral_norm_conv1d", spectral_norm(conv1d()), x=normal(2, 4, 8))
record.layer("spectral_norm_conv2d", spectral_norm(conv2d(), n_power_iterations=2), x=normal(2, 2, 5, 6))
record.layer("spectral_norm_conv3d", spectral_norm(conv3d()), x=normal(1, 2, 3, 3, 2))


def transposed1d():
    return nn.ConvTranspose1d(4, 6, 3, stride=3, padding=2, output_padding=2, groups=2, dilation=2, bias=False)


def transposed2d():
    return nn.ConvTranspose2d(4, 2, (2, 3), stride=(2, 1), padding=(1, 0), groups=2, dilation=(1, 2))


def transposed3d():
    return nn.ConvTranspose3d(2, 3, 2)


for name, normalised in [("weight_norm", weight_norm), ("spectral_norm", spectral_norm)]:
    record.layer(f"{name}_conv_transpose1d", normalised(transposed1d()), x=normal(2, 4, 3))
    record.layer(f"{name}_conv_transpose2d", normalised(transposed2d()), x=normal(2, 4, 3, 2))
    record.layer(f"{name}_conv_transpose3d", normalised(transposed3d()), x=normal(2, 2, 2, 3, 2))
record.save()
