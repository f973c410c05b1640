"""Writes elementwise.safetensors: values and gradients of element-wise operations and activations.

PyTorch computes each case in float64 from inputs that are exact in float32, and the results are stored in float64.
A case is a set of tensors named `<operation>/<variant>/<tensor>`; README.md describes them.

    python elementwise.py
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

GENERATOR = torch.Generator()
TENSORS = {}
INF, NAN = math.inf, math.nan


def uniform(low, high, *shape):
    """Uniform values in [low, high), exact in float32."""
    return (low + (high - low) * torch.rand(shape, generator=GENERATOR)).float().double()


def option_tensor(value):
    """Texts become bytes, whole numbers int64, reals float64."""
    if isinstance(value, str):
        return torch.tensor(list(value.encode()), dtype=torch.uint8)
    return torch.tensor(value, dtype=torch.int64 if isinstance(value, int) else torch.float64)


def case(operation, variant, compute, *inputs, **options):
    """Records `compute(*inputs)`; the options are stored for the operation of macrograd."""
    prefix = f"{operation}/{variant}/"
    assert f"{prefix}out" not in TENSORS, f"{prefix} is defined twice"
    inputs = [torch.as_tensor(x, dtype=torch.float64).clone().requires_grad_() for x in inputs]
    out = compute(*inputs)
    grad_out = uniform(0.5, 2.0, *out.shape)
    grads = [None] * len(inputs)
    if out.requires_grad:
        grads = torch.autograd.grad(out, inputs, grad_out, allow_unused=True)
    TENSORS[prefix + "out"] = out.detach().double()
    TENSORS[prefix + "grad_out"] = grad_out
    for name, x, grad in zip("xyz", inputs, grads):
        TENSORS[prefix + name] = x.detach()
        if grad is not None:
            TENSORS[prefix + f"grad_{name}"] = grad.detach()
    for name, value in options.items():
        TENSORS[f"{prefix}option.{name}"] = option_tensor(value)


def elementary_cases():
    """Functions of one argument: the interval of random values, then edges."""
    for operation, compute, low, high, edges in [
        ("exp2", torch.exp2, -6, 6, [0, -0.0, 1, -1, 100, -100, INF, -INF, NAN]),
        ("exp_m1", torch.expm1, -6, 6, [0, -0.0, 1e-6, -1e-6, 30, -30, -INF, NAN]),
        ("ln_1p", torch.log1p, -0.9, 6, [0, -0.0, 1e-6, -1e-6, 1e6, -1, -2, INF, NAN]),
        ("log2", torch.log2, 0.01, 9, [1, 8, 1e-6, 1e6, 0, -1, INF, NAN]),
        ("log10", torch.log10, 0.01, 9, [1, 8, 1e-6, 1e6, 0, -1, INF, NAN]),
        ("rsqrt", torch.rsqrt, 0.01, 9, [1, 4, 1e-6, 1e6, 0, -1, INF, NAN]),
        ("recip", torch.reciprocal, -3, 3, [1, -1, 1e-6, 1e6, 0, -0.0, INF, NAN]),
        ("square", torch.square, -3, 3, [0, -0.0, 1e6, INF, -INF, NAN]),
        ("sin", torch.sin, -9, 9, [0, -0.0, 1e-6, 1e3, -1e6, INF, NAN]),
        ("cos", torch.cos, -9, 9, [0, -0.0, 1e-6, 1e3, -1e6, INF, NAN]),
        ("tan", torch.tan, -9, 9, [0, -0.0, 1e-6, 1e3, 1.5, INF, NAN]),
        ("asin", torch.asin, -1, 1, [0, -0.0, 1e-6, 1, -1, 1.5, NAN]),
        ("acos", torch.acos, -1, 1, [0, -0.0, 1e-6, 1, -1, 1.5, NAN]),
        ("atan", torch.atan, -5, 5, [0, -0.0, 1e-6, 1e6, INF, -INF, NAN]),
        ("sinh", torch.sinh, -5, 5, [0, -0.0, 1e-6, 50, -50, NAN]),
        ("cosh", torch.cosh, -5, 5, [0, -0.0, 1e-6, 50, -50, NAN]),
        ("asinh", torch.asinh, -5, 5, [0, -0.0, 1e-6, 1e6, -1e6, INF, NAN]),
        ("acosh", torch.acosh, 1.01, 9, [1, 1.5, 1e6, 0.5, INF, NAN]),
        ("atanh", torch.atanh, -0.99, 0.99, [0, -0.0, 1e-6, 1, -1, NAN]),
        ("erf", torch.erf, -3, 3, [0, -0.0, 1e-6, 5, -5, INF, NAN]),
        ("erfc", torch.erfc, -3, 5, [0, -0.0, 1e-6, 10, 20, -5, INF, NAN]),
        ("abs", torch.abs, -3, 3, [0, -0.0, INF, NAN]),
        ("sign", torch.sign, -3, 3, [0, -0.0, INF, -INF, NAN]),
        ("floor", torch.floor, -5, 5, [0, -0.0, 1, -1, 1e6, INF, NAN]),
        ("ceil", torch.ceil, -5, 5, [0, -0.0, 1, -1, 1e6, INF, NAN]),
        ("trunc", torch.trunc, -5, 5, [0, -0.0, 1, -1, 1e6, INF, NAN]),
        ("fract", torch.frac, -5, 5, [0, -0.0, 1, -1, 1.5, -1.25]),
        ("round", torch.round, -5, 5, [0.5, -0.5, 1.5, 2.5, -2.5, 1e6, INF, NAN]),
        ("nan_to_num", torch.nan_to_num, -5, 5, [0, 1, NAN]),
    ]:
        case(operation, "range", compute, uniform(low, high, 3, 5))
        case(operation, "edges", compute, edges)
    values = [1.25, -1.25, 3.375, 12345.678, 1e-3]
    for decimals in (2, -2):
        case("round", f"decimals{decimals}", lambda x, d=decimals: torch.round(x, decimals=d), values, decimals=decimals)
    given = {"nan": 1.5, "posinf": 7.0, "neginf": -8.0}
    case("nan_to_num", "given", lambda x: torch.nan_to_num(x, 1.5, 7.0, -8.0), [NAN, INF, -INF, 2], **given)


def power_cases():
    for exponent in [0.0, 0.5, -0.5, 1.0, 1.5, -1.5, 2.0, 3.0, -3.0, 9.0]:
        case("powf", f"range{exponent}", lambda x: x**exponent, uniform(0.1, 3, 7), exponent=exponent)
    for exponent in [0.0, 0.5, 1.5, 2.0, 3.0, 9.0]:
        edges = [0, 1, 1e3, INF, NAN] + ([-2] if exponent == int(exponent) else [])
        case("powf", f"edges{exponent}", lambda x: x**exponent, edges, exponent=exponent)
    for n in [0, 1, 2, 3, 7, 8, 9, -1, -2, 12]:
        case("powi", f"n{n}", lambda x: x**n, [0.5, -0.5, 1.5, -1.5, 1, -1, 3], n=n)


def binary_cases():
    for operation, compute, x, y in [
        ("pow", torch.pow, (0.1, 3), (-2, 2)),
        ("atan2", torch.atan2, (-3, 3), (-3, 3)),
        ("hypot", torch.hypot, (-3, 3), (-3, 3)),
        ("fmod", torch.fmod, (-9, 9), (1, 3)),
        ("remainder", torch.remainder, (-9, 9), (1, 3)),
    ]:
        case(operation, "range", compute, uniform(*x, 3, 5), uniform(*y, 3, 5))
        case(operation, "broadcast", compute, uniform(*x, 3, 1), uniform(*y, 5))
    powers = [(0, 0), (0, 2), (0, 0.5), (0, -1), (2, 3), (-2, 3), (-2, 2.5), (2, 0), (INF, 1), (NAN, 0), (1, 5)]
    angles = [(0, 1), (0, -1), (1, 0), (-1, 0), (0, 0), (-0.0, -1), (1e3, 1e-3), (1, 1), (-1, -1)]
    lengths = [(0, 0), (3, 4), (0, 2), (-2, 0), (1e20, 1e20)]
    divisions = [(5, 3), (-5, 3), (5, -3), (-5, -3), (6, 3), (-6, 3), (1, 1e3), (5.5, 0.25)]
    for operation, compute, pairs in [
        ("pow", torch.pow, powers),
        ("atan2", torch.atan2, angles),
        ("hypot", torch.hypot, lengths),
        ("fmod", torch.fmod, divisions),
        ("remainder", torch.remainder, divisions),
        ("maximum", torch.maximum, [(1, 2), (2, 1), (1, 1), (0, -0.0)]),
        ("minimum", torch.minimum, [(1, 2), (2, 1), (1, 1), (0, -0.0)]),
    ]:
        case(operation, "edges", compute, *zip(*pairs))
    case("lerp", "number", lambda x, y: torch.lerp(x, y, 0.25), uniform(-2, 2, 3, 5), uniform(-2, 2, 3, 5), weight=0.25)
    case("lerp", "beyond", lambda x, y: torch.lerp(x, y, -1.75), uniform(-2, 2, 7), uniform(-2, 2, 7), weight=-1.75)
    case("lerp", "tensor", torch.lerp, uniform(-2, 2, 3, 5), uniform(-2, 2, 3, 5), uniform(-1, 2, 3, 5))
    case("lerp", "half", torch.lerp, [1, 2, 3], [4, 5, 6], [0.5, -0.5, 1])


def clamp_cases():
    values = [-3, -1, -0.5, 0, 1, 2, 5]
    for variant, bounds in [
        ("both", {"min": -1.0, "max": 1.0}),
        ("min", {"min": -1.0}),
        ("max", {"max": 1.0}),
        ("crossed", {"min": 2.0, "max": 1.0}),
    ]:
        case("clamp", variant, lambda x: torch.clamp(x, **bounds), values, **bounds)
    case("clamp", "tensors", torch.clamp, values, [-1.0] * 6 + [3], [1.0] * 7)
    case("clamp", "tensors_broadcast", torch.clamp, uniform(-2, 2, 3, 5), uniform(-1, 0, 5), uniform(0, 1, 3, 1))
    case("clamp", "tensor_min", lambda x, y: torch.clamp(x, min=y), values, [-1.0] * 7)


def activation_cases():
    wide = [0, -0.0, 1e-4, -1e-4, 4, -4, 9, -9, 30, -30]
    for operation, compute, edges in [
        ("relu6", F.relu6, [0, -0.0, 6, 7, NAN]),
        ("selu", F.selu, wide + [-INF]),
        ("silu", F.silu, wide),
        ("mish", F.mish, wide),
        ("softsign", F.softsign, wide + [1e6, NAN]),
        ("hardsigmoid", F.hardsigmoid, [3, -3, 2.5, -2.5, 0, 9, -9, INF, -INF]),
        ("hardswish", F.hardswish, [3, -3, 2.5, -2.5, 0, 9, -9, INF]),
        ("tanhshrink", F.tanhshrink, wide),
        ("log_sigmoid", F.logsigmoid, wide + [800, -800, NAN]),
        ("gelu", F.gelu, wide),
    ]:
        case(operation, "range", compute, uniform(-5, 5, 3, 5))
        case(operation, "edges", compute, edges)
    case("gelu", "tanh_range", lambda x: F.gelu(x, approximate="tanh"), uniform(-5, 5, 3, 5), approximate="tanh")
    case("gelu", "tanh_edges", lambda x: F.gelu(x, approximate="tanh"), wide, approximate="tanh")
    for operation, compute, options, edges in [
        ("leaky_relu", F.leaky_relu, {}, [0, -0.0, 3, NAN]),
        ("leaky_relu", F.leaky_relu, {"negative_slope": 0.25}, [0, -0.0, 3]),
        ("elu", F.elu, {}, wide),
        ("elu", F.elu, {"alpha": 0.75}, wide),
        ("celu", F.celu, {}, wide),
        ("celu", F.celu, {"alpha": 0.75}, wide),
        ("hardtanh", F.hardtanh, {}, [-1, 1, 0, 2, -2, NAN]),
        ("hardtanh", F.hardtanh, {"min_val": -0.5, "max_val": 2.0}, [-0.5, 2, 0, 3, -2]),
        ("hardshrink", F.hardshrink, {}, [0.5, -0.5, 0, 0.75, NAN]),
        ("hardshrink", F.hardshrink, {"lambd": 1.25}, [1.25, -1.25, 0, 2, -2]),
        ("softshrink", F.softshrink, {}, [0.5, -0.5, 0, 0.75, NAN]),
        ("softshrink", F.softshrink, {"lambd": 1.25}, [1.25, -1.25, 0, 2, -2]),
        ("threshold", F.threshold, {"threshold": 0.5, "value": -2.0}, [0.5, 0.75, 0, NAN]),
        ("softplus", F.softplus, {"beta": 2.0, "threshold": 3.0}, [0, 1.5, 2, -9]),
    ]:
        suffix = "".join(f"_{name}{value}" for name, value in options.items())
        call = lambda x: compute(x, **options)
        case(operation, f"range{suffix}", call, uniform(-3, 3, 3, 5), **options)
        case(operation, f"edges{suffix}", call, edges, **options)
    case("glu", "last", F.glu, uniform(-3, 3, 3, 6))
    case("glu", "axis0", lambda x: F.glu(x, 0), uniform(-3, 3, 4, 2, 3), axis=0)
    case("prelu", "shared", F.prelu, uniform(-3, 3, 3, 5), [0.25])
    case("prelu", "channels", F.prelu, uniform(-3, 3, 2, 3, 4), [0.25, -0.5, 1.5])
    case("prelu", "vector", F.prelu, [0, -1, 2, -0.0], [0.25])


FAMILIES = [elementary_cases, power_cases, binary_cases, clamp_cases, activation_cases]


def main():
    torch.set_num_threads(1)
    for seed, family in enumerate(FAMILIES):
        # A seed per family, so that a new case changes no other family's numbers.
        GENERATOR.manual_seed(seed)
        family()
    path = Path(__file__).parent / "elementwise.safetensors"
    save_file({name: tensor.clone().contiguous() for name, tensor in sorted(TENSORS.items())}, path)
    cases = {name.rpartition("/")[0] for name in TENSORS}
    print(f"{path.name}: {len(cases)} cases, {len(TENSORS)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
