"""Makes optimizers.safetensors: 37 parameters after 50 steps of each PyTorch optimizer, for tests/optim.rs.

usage: python3 tests/golden/optimizers.py    (needs torch and safetensors)

The first 25 parameters are a 5x5 weight; the last 12 a bias, which in the configurations named `*_groups` has a tenth of
the learning rate and no weight decay. Start and gradients are f32; PyTorch runs in f64, so that the file holds the
result of exact steps rather than PyTorch's own rounding.
"""

import math
import pathlib

import torch
from safetensors.torch import save_file

STEPS = 50
WEIGHT = 25
TOTAL = 37

CONFIGURATIONS = {
    "sgd": (torch.optim.SGD, dict(lr=0.05)),
    "sgd_weight_decay": (torch.optim.SGD, dict(lr=0.05, weight_decay=0.1)),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.02, momentum=0.9)),
    "sgd_dampening": (torch.optim.SGD, dict(lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.01)),
    "sgd_nesterov": (torch.optim.SGD, dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.05)),
    "sgd_groups": (torch.optim.SGD, dict(lr=0.02, momentum=0.9, weight_decay=0.1)),
    "adam": (torch.optim.Adam, dict(lr=0.01)),
    "adam_weight_decay": (torch.optim.Adam, dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)),
    "adam_groups": (torch.optim.Adam, dict(lr=0.01, weight_decay=0.2)),
    "adamw": (torch.optim.AdamW, dict(lr=0.01)),
    "adamw_weight_decay": (torch.optim.AdamW, dict(lr=0.02, betas=(0.9, 0.95), weight_decay=0.5)),
    "adamw_groups": (torch.optim.AdamW, dict(lr=0.02, weight_decay=0.5)),
}


def run(name, start, gradients):
    """The parameters after all steps; the learning rate is halved after the first 25."""
    kind, options = CONFIGURATIONS[name]
    weight = start[:WEIGHT].double().clone().requires_grad_()
    bias = start[WEIGHT:].double().clone().requires_grad_()
    groups = [{"params": [weight]}, {"params": [bias]}]
    if name.endswith("_groups"):
        groups[1].update(lr=options["lr"] * 0.1, weight_decay=0.0)
    optimizer = kind(groups, **options)
    for step, gradient in enumerate(gradients.double()):
        if step == STEPS // 2:
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
        weight.grad, bias.grad = gradient[:WEIGHT].clone(), gradient[WEIGHT:].clone()
        optimizer.step()
    return torch.cat([weight, bias]).detach().float()


def main():
    start = torch.tensor([math.cos(1.0 + i) + 1.5 for i in range(TOTAL)], dtype=torch.float32)
    gradients = torch.tensor(
        [[math.sin(0.7 * (i + 1) * (step + 1)) + 0.2 * math.cos(i) for i in range(TOTAL)] for step in range(STEPS)],
        dtype=torch.float32,
    )
    results = {name: run(name, start, gradients) for name in CONFIGURATIONS}
    path = pathlib.Path(__file__).with_suffix(".safetensors")
    save_file({"start": start, "gradients": gradients, **results}, path, {"torch": torch.__version__})


if __name__ == "__main__":
    main()
