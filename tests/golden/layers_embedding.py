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
record.save()
