"""Makes schedules.safetensors: the learning rates of 100 steps of each PyTorch schedule, for tests/optim/schedules.rs.

usage: python3 tests/golden/schedules.py    (needs torch and safetensors)

The base rate is 0.05. `<name>.momentum` is the momentum that a one-cycle schedule sets. The metrics that
`ReduceLROnPlateau` sees are `metrics`.
"""

import math
import pathlib
import warnings

import torch
from safetensors.torch import save_file
from torch.optim import lr_scheduler as s
from torch.optim.swa_utils import SWALR

STEPS = 100
LR = 0.05

warnings.filterwarnings("ignore")

SCHEDULES = {
    "constant": lambda o: s.LambdaLR(o, lambda step: 1.0),
    "reduced": lambda o: s.ConstantLR(o, factor=0.25, total_iters=7),
    "step": lambda o: s.StepLR(o, step_size=9, gamma=0.7),
    "multi_step": lambda o: s.MultiStepLR(o, milestones=[3, 20, 20, 55], gamma=0.5),
    "exponential": lambda o: s.ExponentialLR(o, gamma=0.97),
    "linear": lambda o: s.LinearLR(o, start_factor=0.2, end_factor=0.9, total_iters=30),
    "polynomial": lambda o: s.PolynomialLR(o, total_iters=60, power=1.7),
    "cosine": lambda o: s.CosineAnnealingLR(o, T_max=40, eta_min=0.01),
    "anneal": lambda o: SWALR(o, swa_lr=0.01, anneal_epochs=25),
    "warm_restarts": lambda o: s.CosineAnnealingWarmRestarts(o, T_0=7, T_mult=2, eta_min=0.002),
    "warm_restarts_equal": lambda o: s.CosineAnnealingWarmRestarts(o, T_0=12),
    "lambda": lambda o: s.LambdaLR(o, lambda step: 1 / math.sqrt(1 + step)),
    "one_cycle": lambda o: s.OneCycleLR(o, max_lr=LR, total_steps=STEPS),
    "one_cycle_options": lambda o: s.OneCycleLR(
        o,
        max_lr=LR,
        total_steps=STEPS,
        pct_start=0.37,
        anneal_strategy="linear",
        base_momentum=0.6,
        max_momentum=0.9,
        div_factor=10,
        final_div_factor=100,
    ),
    "one_cycle_three": lambda o: s.OneCycleLR(o, max_lr=LR, total_steps=STEPS, pct_start=0.31, three_phase=True),
    "one_cycle_three_linear": lambda o: s.OneCycleLR(
        o, max_lr=LR, total_steps=STEPS, three_phase=True, anneal_strategy="linear"
    ),
    "sequential": lambda o: s.SequentialLR(
        o,
        [
            s.LinearLR(o, start_factor=0.1, total_iters=10),
            s.CosineAnnealingLR(o, T_max=50, eta_min=0.005),
            s.ExponentialLR(o, gamma=0.9),
        ],
        milestones=[10, 60],
    ),
    "chained": lambda o: s.ChainedScheduler(
        [
            s.ConstantLR(o, factor=0.1, total_iters=20),
            s.ExponentialLR(o, gamma=0.98),
            s.LinearLR(o, start_factor=0.5, total_iters=40),
        ]
    ),
}

PLATEAUS = {
    "plateau": dict(patience=3),
    "plateau_max": dict(mode="max", factor=0.5, patience=1, cooldown=4, threshold=0.05),
    "plateau_absolute": dict(threshold_mode="abs", threshold=0.3, factor=0.3, patience=2, min_lr=0.001),
    "plateau_absolute_max": dict(mode="max", threshold_mode="abs", threshold=0.2, factor=0.8, patience=0, eps=5e-3),
}


def new_optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR, momentum=0.9)


def run(make):
    optimizer = new_optimizer()
    schedule = make(optimizer)
    rates, momenta = [], []
    for _ in range(STEPS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        momenta.append(float(optimizer.param_groups[0]["momentum"]))
        optimizer.step()
        if len(rates) < STEPS:
            schedule.step()
    return rates, momenta


def main():
    metrics = [2 + math.sin(0.37 * step) * math.exp(-0.02 * step) - 0.004 * step for step in range(STEPS)]
    results = {"metrics": metrics}
    for name, make in SCHEDULES.items():
        rates, momenta = run(make)
        results[name] = rates
        if name.startswith("one_cycle"):
            results[f"{name}.momentum"] = momenta
    for name, options in PLATEAUS.items():
        optimizer = new_optimizer()
        plateau = s.ReduceLROnPlateau(optimizer, **options)
        results[name] = []
        for metric in metrics:
            plateau.step(metric)
            results[name].append(optimizer.param_groups[0]["lr"])
    tensors = {name: torch.tensor(values, dtype=torch.float64) for name, values in results.items()}
    save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"), {"torch": torch.__version__})


if __name__ == "__main__":
    main()
