"""Golden values for `tests/layers/basic.rs`."""

from lora import LoraLinear
from record import Recorder, integers, normal
from torch import nn
from torch.nn import functional as F

record = Recorder("layers_basic")
record.layer("linear", nn.Linear(5, 3), x=normal(4, 5))
record.layer("linear_without_bias", nn.Linear(5, 3, bias=False), x=normal(2, 4, 5))
record.layer(
    "conv2d",
    nn.Conv2d(4, 6, 3, stride=2, padding=(1, 0), dilation=(2, 1), groups=2),
    x=normal(2, 4, 9, 8),
)
record.layer("batch_norm2d", nn.BatchNorm2d(3), x=normal(4, 3, 2, 5))
record.layer("batch_norm2d_plain", nn.BatchNorm2d(3, momentum=0.3, eps=0.01, affine=False), x=normal(4, 3, 2, 5))
record.layer("max_pool2d", nn.MaxPool2d(2, stride=1, padding=1, ceil_mode=True), x=normal(1, 2, 5, 4))
record.layer("avg_pool2d", nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), x=normal(1, 2, 5, 4))
record.function("cross_entropy", F.cross_entropy, x=normal(4, 3), label=integers(3, 4))
record.layer("lora_linear", LoraLinear(5, 3, 2, alpha=3), x=normal(2, 4, 5))
record.save()
