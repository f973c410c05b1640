"""The LeNet that the PyTorch peers train: PyTorch's default initialisation, 61,706 parameters."""

from torch import nn


def lenet():
    """Maps images `[batch, 1, 28, 28]` to logits `[batch, 10]`."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(),
        nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    )  # fmt: skip
