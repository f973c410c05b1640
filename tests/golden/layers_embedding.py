"""Golden values for `tests/layers/embedding.rs`."""

import torch
from record import Recorder, integers
from torch import nn

record = Recorder("layers_embedding")
record.layer("embedding", nn.Embedding(7, 3), index=integers(7, 2, 5))
record.layer("embedding_padded", nn.Embedding(7, 3, padding_idx=-2), index=torch.tensor([5, 0, 5, 6]))
bags = torch.tensor([[0, 6, 1], [6, 6, 6], [2, 2, 5]])
for mode in ["sum", "mean", "max"]:
    record.layer(f"embedding_bag_{mode}", nn.EmbeddingBag(7, 3, mode=mode), index=bags)
    record.layer(f"embedding_bag_{mode}_padded", nn.EmbeddingBag(7, 3, mode=mode, padding_idx=6), index=bags)
indices = torch.tensor([[5, 0, 5], [6, 5, 3]])
# PyTorch shortens the rows of the weight itself: the weight that is recorded is the one before.
record.layer("embedding_max_norm", nn.Embedding(7, 3, max_norm=0.75), index=indices)
record.layer("embedding_max_norm_of_order_1", nn.Embedding(7, 3, max_norm=0.5, norm_type=1.0), index=indices)
record.layer("embedding_by_frequency", nn.Embedding(7, 3, padding_idx=6, scale_grad_by_freq=True), index=indices)
for mode in ["sum", "mean"]:
    layer = nn.EmbeddingBag(7, 3, mode=mode, padding_idx=6, max_norm=0.75, norm_type=3.0, scale_grad_by_freq=True)
    record.layer(f"embedding_bag_{mode}_settings", layer, index=bags)
record.layer("embedding_bag_max_norm", nn.EmbeddingBag(7, 3, mode="max", max_norm=0.75), index=bags)
record.save()
