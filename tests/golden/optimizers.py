"""Makes optimizers.safetensors: 37 parameters after 50 steps of each optimizer, for tests/optim.rs.

usage: python3 tests/golden/optimizers.py    (needs torch and safetensors)

The parameters are a 5x5 weight and a bias of 12; in configurations named `*_rectangles` a [3, 7] and an [8, 2] matrix,
in `*_deep` a [2, 3, 4] tensor and a vector of 13. In those named `*_groups` the second tensor has a tenth of the
learning rate and no weight decay. Start and gradients are f32; everything runs in f64, so that the file holds the result
of exact steps rather than PyTorch's own rounding.

Optimizers are PyTorch's, but for those it does not have: Lion, LAMB and schedule-free AdamW are written here from their
papers. PyTorch's Muon iterates in bfloat16; here it does so in f64. L-BFGS takes three steps on a function of the
parameters; `<name>.losses` are the loss before each, and the number of evaluations.
"""

import math
import pathlib

import torch
from safetensors.torch import save_file

STEPS = 50
TOTAL = 37


class Lion(torch.optim.Optimizer):
    """X. Chen et al., "Symbolic discovery of optimization algorithms", 2023, arXiv:2302.06675, algorithm 2."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0, maximize=False):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay, maximize=maximize))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for theta in group["params"]:
                g = -theta.grad if group["maximize"] else theta.grad
                m = self.state[theta].setdefault("m", torch.zeros_like(theta))
                c = beta1 * m + (1 - beta1) * g
                theta -= group["lr"] * (torch.sign(c) + group["weight_decay"] * theta)
                self.state[theta]["m"] = beta2 * m + (1 - beta2) * g


class Lamb(torch.optim.Optimizer):
    """Y. You et al., "Large batch optimization for deep learning", 2020, arXiv:1904.00962, algorithm 2."""

    def __init__(
        self, params, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01, bounds=(0.0, math.inf), correct=True, maximize=False
    ):
        defaults = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, bounds=bounds, correct=correct)
        super().__init__(params, dict(defaults, maximize=maximize))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for x in group["params"]:
                state = self.state[x]
                g = -x.grad if group["maximize"] else x.grad
                t = state["t"] = state.get("t", 0) + 1
                m = state["m"] = beta1 * state.get("m", torch.zeros_like(x)) + (1 - beta1) * g
                v = state["v"] = beta2 * state.get("v", torch.zeros_like(x)) + (1 - beta2) * g**2
                if group["correct"]:
                    m, v = m / (1 - beta1**t), v / (1 - beta2**t)
                r = m / (v.sqrt() + group["eps"])
                update = r + group["weight_decay"] * x
                phi = min(max(x.norm().item(), group["bounds"][0]), group["bounds"][1])
                x -= group["lr"] * phi / update.norm() * update


class ScheduleFreeAdamW(torch.optim.Optimizer):
    """A. Defazio et al., "The road less scheduled", 2024, arXiv:2405.15682, algorithm 1 (schedule-free AdamW).

    Keeps x, y and z as the paper does; the weights `gamma_t^power` of the average and `t^r` are those of section 4 and of
    the authors' program, in which they also use the largest rate so far.
    """

    def __init__(
        self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, warmup=0, r=0.0, power=2.0, maximize=False
    ):
        defaults = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, warmup=warmup, r=r, power=power)
        super().__init__(params, dict(defaults, maximize=maximize))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            t = group["t"] = group.get("t", 0) + 1
            gamma = group["lr"] * min(1.0, t / group["warmup"]) if group["warmup"] else group["lr"]
            group["largest"] = max(gamma, group.get("largest", 0.0))
            weight = t ** group["r"] * group["largest"] ** group["power"]
            group["total"] = group.get("total", 0.0) + weight
            c = weight / group["total"]
            for y in group["params"]:
                state = self.state[y]
                g = -y.grad if group["maximize"] else y.grad
                z, x = state.get("z", y.clone()), state.get("x", y.clone())
                v = state["v"] = beta2 * state.get("v", torch.zeros_like(y)) + (1 - beta2) * g**2
                z = z - gamma * (g / ((v / (1 - beta2**t)).sqrt() + group["eps"]) + group["weight_decay"] * y)
                x = (1 - c) * x + c * z
                state["z"], state["x"] = z, x
                y.copy_((1 - beta1) * z + beta1 * x)


def newton_schulz(grad, coefficients, steps, eps):
    """As torch.optim._muon's, without the conversion to bfloat16."""
    a, b, c = coefficients
    x = grad.T if grad.size(0) > grad.size(1) else grad
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if grad.size(0) > grad.size(1) else x


torch.optim._muon._zeropower_via_newtonschulz = newton_schulz


class Muon:
    """torch.optim.Muon on matrices, torch.optim.AdamW on other tensors."""

    def __init__(self, groups, lr, adamw=None, **options):
        matrices = [group for group in groups if group["params"][0].dim() == 2]
        others = [group for group in groups if group["params"][0].dim() != 2]
        self.optimizers = [torch.optim.Muon(matrices, lr=lr, **options)]
        adamw = dict(dict(lr=1.0, weight_decay=0.1), **(adamw or {}))
        adamw["lr"] *= lr
        for group in others:
            if "lr" in group:
                group["lr"] = adamw["lr"] * 0.1
        if others:
            self.optimizers.append(torch.optim.AdamW(others, **adamw))
        self.param_groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()


SGD, ADAM, ADAMW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
F32_EPS = torch.finfo(torch.float32).eps
CONFIGURATIONS = {
    "sgd": (SGD, dict(lr=0.05)),
    "sgd_weight_decay": (SGD, dict(lr=0.05, weight_decay=0.1)),
    "sgd_maximize": (SGD, dict(lr=0.05, weight_decay=0.1, maximize=True)),
    "sgd_momentum": (SGD, dict(lr=0.02, momentum=0.9)),
    "sgd_dampening": (SGD, dict(lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.01)),
    "sgd_nesterov": (SGD, dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.05)),
    "sgd_groups": (SGD, dict(lr=0.02, momentum=0.9, weight_decay=0.1)),
    "adam": (ADAM, dict(lr=0.01)),
    "adam_weight_decay": (ADAM, dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)),
    "adam_amsgrad": (ADAM, dict(lr=0.01, betas=(0.8, 0.9), amsgrad=True, weight_decay=0.1, maximize=True)),
    "adam_groups": (ADAM, dict(lr=0.01, weight_decay=0.2)),
    "adamw": (ADAMW, dict(lr=0.01)),
    "adamw_weight_decay": (ADAMW, dict(lr=0.02, betas=(0.9, 0.95), weight_decay=0.5)),
    "adamw_amsgrad": (ADAMW, dict(lr=0.02, betas=(0.9, 0.9), amsgrad=True, weight_decay=0.5)),
    "adamw_maximize": (ADAMW, dict(lr=0.02, weight_decay=0.5, maximize=True)),
    "adamw_groups": (ADAMW, dict(lr=0.02, weight_decay=0.5)),
    "nadam": (torch.optim.NAdam, dict(lr=0.01)),
    "nadam_options": (
        torch.optim.NAdam,
        dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2, momentum_decay=0.1, maximize=True),
    ),
    "nadam_decoupled": (torch.optim.NAdam, dict(lr=0.02, weight_decay=0.5, decoupled_weight_decay=True)),
    "nadam_groups": (torch.optim.NAdam, dict(lr=0.02, weight_decay=0.2)),
    "radam": (torch.optim.RAdam, dict(lr=0.01)),
    "radam_options": (
        torch.optim.RAdam,
        dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2, maximize=True),
    ),
    "radam_unadapted": (torch.optim.RAdam, dict(lr=0.01, betas=(0.9, 0.6), weight_decay=0.1)),
    "radam_decoupled": (torch.optim.RAdam, dict(lr=0.02, weight_decay=0.5, decoupled_weight_decay=True)),
    "radam_groups": (torch.optim.RAdam, dict(lr=0.02, weight_decay=0.2)),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01)),
    "rmsprop_momentum": (torch.optim.RMSprop, dict(lr=0.002, momentum=0.9, alpha=0.9, weight_decay=0.1)),
    "rmsprop_centered": (torch.optim.RMSprop, dict(lr=0.01, centered=True, eps=1e-3, maximize=True)),
    "rmsprop_options": (
        torch.optim.RMSprop,
        dict(lr=0.002, alpha=0.95, eps=1e-2, weight_decay=0.1, momentum=0.8, centered=True),
    ),
    "rmsprop_groups": (torch.optim.RMSprop, dict(lr=0.01, weight_decay=0.2)),
    "adagrad": (torch.optim.Adagrad, dict(lr=0.05)),
    "adagrad_options": (
        torch.optim.Adagrad,
        dict(lr=0.1, lr_decay=0.05, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-2, maximize=True),
    ),
    "adagrad_groups": (torch.optim.Adagrad, dict(lr=0.05, weight_decay=0.2)),
    "adadelta": (torch.optim.Adadelta, dict(lr=1.0)),
    "adadelta_options": (torch.optim.Adadelta, dict(lr=2.0, rho=0.8, eps=1e-3, weight_decay=0.1, maximize=True)),
    "adadelta_groups": (torch.optim.Adadelta, dict(lr=1.0, eps=1e-4, weight_decay=0.2)),
    "adamax": (torch.optim.Adamax, dict(lr=0.01)),
    "adamax_options": (
        torch.optim.Adamax,
        dict(lr=0.02, betas=(0.8, 0.9), eps=1e-2, weight_decay=0.1, maximize=True),
    ),
    "adamax_groups": (torch.optim.Adamax, dict(lr=0.01, weight_decay=0.2)),
    "lion": (Lion, dict(lr=0.01)),
    "lion_options": (Lion, dict(lr=0.01, betas=(0.8, 0.95), weight_decay=0.5, maximize=True)),
    "lion_groups": (Lion, dict(lr=0.01, weight_decay=0.5)),
    "lamb": (Lamb, dict(lr=0.01)),
    "lamb_options": (
        Lamb,
        dict(lr=0.01, betas=(0.8, 0.95), eps=1e-2, weight_decay=0.2, bounds=(1.0, 3.0), correct=False, maximize=True),
    ),
    "lamb_groups": (Lamb, dict(lr=0.01, weight_decay=0.2)),
    "adafactor": (torch.optim.Adafactor, dict(lr=0.05, eps=(F32_EPS, 1e-3))),
    "adafactor_options": (
        torch.optim.Adafactor,
        dict(lr=0.3, beta2_decay=-0.5, eps=(1e-2, 2.0), d=1.5, weight_decay=0.1, maximize=True),
    ),
    "adafactor_groups": (torch.optim.Adafactor, dict(lr=0.05, eps=(F32_EPS, 1e-3), weight_decay=0.2)),
    "adafactor_rectangles": (torch.optim.Adafactor, dict(lr=0.05, eps=(F32_EPS, 1e-3))),
    "adafactor_deep": (torch.optim.Adafactor, dict(lr=0.05, eps=(F32_EPS, 1e-3))),
    "muon": (Muon, dict(lr=0.01)),
    "muon_options": (
        Muon,
        dict(
            lr=0.01,
            weight_decay=0.3,
            momentum=0.8,
            nesterov=False,
            ns_coefficients=(3.0, -3.2, 1.2),
            ns_steps=4,
            eps=1e-2,
            adamw=dict(lr=0.5, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.4),
        ),
    ),
    "muon_groups": (Muon, dict(lr=0.01)),
    "muon_original_rectangles": (Muon, dict(lr=0.01)),
    "muon_match_rms_rectangles": (Muon, dict(lr=0.01, adjust_lr_fn="match_rms_adamw")),
    "muon_spectral_rectangles": (Muon, dict(lr=0.01, adjust_lr_fn="spectral_unclamped")),
    "schedule_free": (ScheduleFreeAdamW, dict(lr=0.01)),
    "schedule_free_options": (
        ScheduleFreeAdamW,
        dict(lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2, warmup=10, r=1.0, power=1.0, maximize=True),
    ),
    "schedule_free_groups": (ScheduleFreeAdamW, dict(lr=0.01, weight_decay=0.2)),
}


# Steps of `max_iter` iterations on `objective`, each with its options.
LBFGS_STEPS = 3
LBFGS = {
    "lbfgs": dict(lr=0.5, max_iter=4),
    "lbfgs_history": dict(lr=0.3, max_iter=7, history_size=3, max_eval=6),
    "lbfgs_wolfe": dict(max_iter=3, line_search_fn="strong_wolfe"),
    "lbfgs_wolfe_far": dict(lr=40.0, max_iter=2, line_search_fn="strong_wolfe", max_eval=12),
    "lbfgs_wolfe_near": dict(lr=0.1, max_iter=2, line_search_fn="strong_wolfe"),
    "lbfgs_maximize": dict(max_iter=3, line_search_fn="strong_wolfe", maximize=True),
}
# After a very short step the search extrapolates from a change of the loss that rounding the parameters to f32 changes in
# the third digit. So here they are rounded.
LBFGS_ROUNDED = {"lbfgs_wolfe_near"}


def objective(x):
    """A valley: squares around cosines, and fourth powers of the differences of neighbours."""
    i = torch.arange(TOTAL, dtype=torch.float64)
    return ((1 + (i % 5) / 2) * (x - torch.cos(1 + i)) ** 2 / 2).sum() + 0.05 * ((x[1:] - x[:-1]) ** 4).sum()


def run_lbfgs(name, start):
    """The parameters, and the loss before each step."""
    x = start.double().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([x], **LBFGS[name])
    sign = -1 if LBFGS[name].get("maximize") else 1

    def closure():
        optimizer.zero_grad()
        if name in LBFGS_ROUNDED:
            with torch.no_grad():
                x.copy_(x.float().double())
        loss = sign * objective(x)
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(LBFGS_STEPS)]
    evaluations = optimizer.state[x]["func_evals"]
    numbers = torch.tensor(losses + [evaluations], dtype=torch.float32)
    return {name: x.detach().float(), f"{name}.losses": numbers}


def shapes_of(name):
    if name.endswith("_rectangles"):
        return (3, 7), (8, 2)
    if name.endswith("_deep"):
        return (2, 3, 4), (13,)
    return (5, 5), (12,)


def run(name, start, gradients):
    """The parameters after all steps; the learning rate is halved after the first 25."""
    kind, options = CONFIGURATIONS[name]
    shapes = shapes_of(name)
    cut = lambda flat: [part.reshape(shape) for part, shape in zip(flat.split([math.prod(s) for s in shapes]), shapes)]
    params = [part.clone().requires_grad_() for part in cut(start.double())]
    groups = [{"params": [param]} for param in params]
    if name.endswith("_groups"):
        groups[1].update(lr=options["lr"] * 0.1, weight_decay=0.0)
    optimizer = kind(groups, **options)
    for step, gradient in enumerate(gradients.double()):
        if step == STEPS // 2:
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
        for param, grad in zip(params, cut(gradient)):
            param.grad = grad.clone()
        optimizer.step()
    flat = lambda parts: torch.cat([part.flatten() for part in parts]).detach().float()
    results = {name: flat(params)}
    if kind is ScheduleFreeAdamW:
        results[f"{name}.average"] = flat([optimizer.state[param]["x"] for param in params])
    return results


def main():
    start = torch.tensor([math.cos(1.0 + i) + 1.5 for i in range(TOTAL)], dtype=torch.float32)
    gradients = torch.tensor(
        [[math.sin(0.7 * (i + 1) * (step + 1)) + 0.2 * math.cos(i) for i in range(TOTAL)] for step in range(STEPS)],
        dtype=torch.float32,
    )
    results = {"start": start, "gradients": gradients}
    for name in CONFIGURATIONS:
        results.update(run(name, start, gradients))
    for name in LBFGS:
        results.update(run_lbfgs(name, start))
    path = pathlib.Path(__file__).with_suffix(".safetensors")
    save_file(results, path, {"torch": torch.__version__})


if __name__ == "__main__":
    main()
