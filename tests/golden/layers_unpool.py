"""Golden values for `tests/layers/unpool.rs`."""

from record import Recorder, normal
from torch import nn

record = Recorder("layers_unpool")


def with_indices(case, layer, x):
    record.function(case, lambda x: layer(x)[0], x=x)
    record.tensors[f"{case}/indices"] = layer(x)[1].contiguous()


def unpool(case, pool, layer, x, output_size=None):
    """Records the layer on what the pooling returns."""
    maxima, indices = pool(x)
    record.function(case, lambda x, indices: layer(x, indices, output_size), x=maxima, indices=indices)


both = {"return_indices": True}
with_indices("max_pool1d_with_indices", nn.MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True, **both), normal(2, 2, 8))
with_indices("max_pool2d_with_indices", nn.MaxPool2d((2, 3), stride=(3, 1), padding=(1, 0), dilation=(1, 2), ceil_mode=True, **both), normal(1, 2, 6, 7))
with_indices("max_pool3d_with_indices", nn.MaxPool3d((2, 1, 3), stride=(1, 3, 2), padding=(1, 0, 1), **both), normal(1, 2, 4, 5, 6))
with_indices("adaptive_max_pool1d_with_indices", nn.AdaptiveMaxPool1d(3, **both), normal(2, 2, 7))
with_indices("adaptive_max_pool2d_with_indices", nn.AdaptiveMaxPool2d((None, 5), **both), normal(2, 2, 5, 7))
with_indices("adaptive_max_pool3d_with_indices", nn.AdaptiveMaxPool3d((2, 1, 3), **both), normal(1, 2, 3, 4, 5))
unpool("max_unpool1d", nn.MaxPool1d(2, **both), nn.MaxUnpool1d(2), normal(2, 2, 6))
unpool("max_unpool2d", nn.MaxPool2d(2, **both), nn.MaxUnpool2d(2), normal(1, 2, 4, 6))
unpool("max_unpool3d", nn.MaxPool3d(2, **both), nn.MaxUnpool3d(2), normal(1, 2, 2, 4, 4))
unpool("max_unpool1d_of_a_size", nn.MaxPool1d(2, **both), nn.MaxUnpool1d(2), normal(1, 2, 7), [7])
window = (3, 2), (2, 1), (1, 0)
unpool("max_unpool2d_options", nn.MaxPool2d(*window, **both), nn.MaxUnpool2d(*window), normal(1, 2, 6, 5), [6, 5])
window = (2, 1, 3), (1, 3, 2), (1, 0, 1)
unpool("max_unpool3d_options", nn.MaxPool3d(*window, **both), nn.MaxUnpool3d(*window), normal(1, 2, 3, 5, 5), [3, 5, 5])
record.save()
