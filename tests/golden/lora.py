"""The layer of Hu et al., "LoRA", 2021, which PyTorch does not have."""

import torch
from torch import nn
from torch.nn import functional as F


class LoraLinear(nn.Module):
    """`loralib`'s `Linear`, with a frozen bias."""

    def __init__(self, in_features, out_features, rank, alpha):
        super().__init__()
        self.scale = alpha / rank
        self.weight = nn.Parameter(torch.empty(out_features, in_features), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(out_features), requires_grad=False)
        self.lora_A = nn.Parameter(torch.empty(rank, in_features))
        self.lora_B = nn.Parameter(torch.empty(out_features, rank))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias) + x @ self.lora_A.T @ self.lora_B.T * self.scale
