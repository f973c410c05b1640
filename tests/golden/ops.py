"""Writes ops.safetensors: outputs and gradients of single operations.

PyTorch computes each case in float64 from inputs that are exact in float32 and
the results are stored rounded to float32. A case is a set of tensors named
`case/<op>/<variant>/<tensor>`; README.md lists operations, variants and the
choices PyTorch makes at ties and kinks.

    python ops.py          # write the file
    python ops.py --check  # write nothing; print how far float32 PyTorch is from float64
"""

import argparse
from pathlib import Path

import torch
from safetensors.numpy import save_file
from torch.nn import functional as F

GENERATOR = torch.Generator()
# What `case` computes in and where it puts its tensors; `compute_cases` sets both.
DTYPE = torch.float64
CASES = {}


def randn(*shape):
    """Standard normal values, exact in float32."""
    return torch.randn(shape, generator=GENERATOR)


def uniform(low, high, *shape):
    """Uniform values in [low, high), exact in float32."""
    return low + (high - low) * torch.rand(shape, generator=GENERATOR)


def few_values(*shape):
    """Small integers, so that equal values meet in most windows and rows."""
    return torch.randint(-1, 3, shape, generator=GENERATOR).float()


def option_tensor(value):
    """Booleans become uint8, integers int64, floats float32."""
    if isinstance(value, bool):
        return torch.tensor(value, dtype=torch.uint8)
    tensor = torch.tensor(value)
    return tensor.float() if tensor.is_floating_point() else tensor


def case(op, variant, compute, inputs, constants=None, options=None):
    """Records one case.

    `compute(**inputs, **constants, **options)` runs in DTYPE and returns the output, or the
    output and a dict of further results. Gradients are taken of the `inputs` alone, for a
    random `grad_out`.
    """
    constants, options = constants or {}, options or {}
    prefix = f"case/{op}/{variant}/"
    assert f"{prefix}out" not in CASES, f"{prefix} is defined twice"
    leaves = {name: x.to(DTYPE).requires_grad_() for name, x in inputs.items()}
    fixed = {n: x.to(DTYPE) if x.is_floating_point() else x for n, x in constants.items()}
    result = compute(**leaves, **fixed, **options)
    out, extra = result if isinstance(result, tuple) else (result, {})
    grad_out = randn(*out.shape)
    grads = torch.autograd.grad(out, list(leaves.values()), grad_out.to(DTYPE))
    tensors = inputs | {"out": out, "grad_out": grad_out} | extra
    tensors |= {f"grad_{name}": grad for name, grad in zip(leaves, grads)}
    for name, value in tensors.items():
        CASES[prefix + name] = value.detach().float()
    for name, value in constants.items():
        CASES[prefix + name] = value.to(torch.uint8) if name == "label" else value
    for name, value in options.items():
        CASES[f"{prefix}option.{name}"] = option_tensor(value)


def conv2d_cases():
    def conv2d(x, w, b=None, **options):
        return F.conv2d(x, w, b, **options)

    def add(variant, x_shape, w_shape, bias=True, **changed):
        inputs = {"x": randn(*x_shape), "w": randn(*w_shape)}
        if bias:
            inputs["b"] = randn(w_shape[0])
        options = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1} | changed
        case("conv2d", variant, conv2d, inputs, options=options)

    add("plain", (2, 2, 5, 6), (3, 2, 3, 3))
    add("no_bias", (1, 3, 5, 5), (2, 3, 3, 3), bias=False)
    add("same_5x5", (1, 1, 7, 7), (2, 1, 5, 5), padding=(2, 2))
    add("pointwise", (2, 3, 3, 4), (4, 3, 1, 1))
    add("pointwise_stride2", (2, 3, 5, 4), (2, 3, 1, 1), bias=False, stride=(2, 2))
    add("stride2_odd", (2, 2, 7, 5), (3, 2, 3, 3), stride=(2, 2), padding=(1, 1))
    # 8 rows at stride 3 leave the last row outside every window.
    add("stride3_unused_edge", (1, 1, 8, 8), (2, 1, 2, 2), stride=(3, 3))
    add("rectangular", (1, 2, 6, 9), (2, 2, 2, 5), stride=(1, 2), padding=(1, 2))
    add("kernel_1x7", (1, 2, 3, 8), (2, 2, 1, 7), padding=(0, 3))
    add("dilation2", (1, 2, 7, 8), (2, 2, 3, 3), padding=(2, 2), dilation=(2, 2))
    add("dilation_1x3_stride2", (1, 1, 6, 9), (2, 1, 3, 2), stride=(2, 1), padding=(1, 1), dilation=(1, 3))
    add("groups2", (2, 4, 5, 5), (6, 2, 3, 3), padding=(1, 1), groups=2)
    add("depthwise", (2, 4, 5, 4), (4, 1, 3, 3), padding=(1, 1), groups=4)
    add("depthwise_multiplier2", (1, 3, 5, 5), (6, 1, 3, 3), stride=(2, 2), padding=(1, 1), groups=3)
    add("kernel_covers_input", (3, 2, 4, 4), (5, 2, 4, 4))
    add("padding_beyond_kernel", (1, 1, 3, 3), (1, 1, 2, 2), padding=(2, 3))


def max_pool2d_cases():
    def max_pool2d(x, **options):
        return F.max_pool2d(x, **options)

    def add(variant, x, kernel_size, stride=None, padding=(0, 0), **changed):
        options = {"kernel_size": kernel_size, "stride": stride or kernel_size, "padding": padding}
        options |= {"dilation": (1, 1), "ceil_mode": False} | changed
        case("max_pool2d", variant, max_pool2d, {"x": x}, options=options)

    add("kernel2", randn(2, 2, 6, 4), (2, 2))
    add("kernel2_odd", randn(1, 2, 5, 7), (2, 2))
    add("kernel2_ceil", randn(1, 2, 5, 7), (2, 2), ceil_mode=True)
    add("kernel3_stride2_padding1", randn(1, 2, 7, 8), (3, 3), (2, 2), (1, 1))
    add("kernel3_stride2_padding1_ceil", randn(1, 2, 6, 8), (3, 3), (2, 2), (1, 1), ceil_mode=True)
    # Rounding up adds a window that would start in the right padding; PyTorch drops it.
    add("ceil_window_dropped", randn(1, 1, 4, 7), (2, 2), (3, 3), (1, 1), ceil_mode=True)
    # Padding must lose against every value, so it cannot be zero.
    add("negative_padded", -1 - uniform(0, 1, 1, 1, 4, 4), (3, 3), (2, 2), (1, 1))
    add("overlapping", randn(1, 1, 6, 6), (3, 3), (1, 1))
    add("rectangular", randn(1, 2, 6, 9), (2, 3), (1, 2), (1, 0))
    add("dilation2", randn(1, 1, 7, 8), (3, 2), (1, 2), dilation=(2, 2))
    add("ties", few_values(1, 2, 6, 6), (2, 2))
    add("ties_overlapping", few_values(1, 2, 6, 6), (3, 3), (2, 2), (1, 1))
    add("all_equal", torch.zeros(1, 1, 4, 4), (2, 2))


def avg_pool2d_cases():
    def avg_pool2d(x, **options):
        return F.avg_pool2d(x, **options)

    def add(variant, shape, kernel_size, stride=None, padding=(0, 0), **changed):
        options = {"kernel_size": kernel_size, "stride": stride or kernel_size, "padding": padding}
        options |= {"ceil_mode": False, "count_include_pad": True} | changed
        case("avg_pool2d", variant, avg_pool2d, {"x": randn(*shape)}, options=options)

    add("kernel2", (2, 2, 6, 4), (2, 2))
    add("kernel2_odd", (1, 2, 5, 7), (2, 2))
    add("padding", (1, 2, 5, 6), (3, 3), (2, 2), (1, 1))
    add("padding_excluded", (1, 2, 5, 6), (3, 3), (2, 2), (1, 1), count_include_pad=False)
    add("ceil", (1, 2, 6, 7), (3, 3), (2, 2), ceil_mode=True)
    add("ceil_padding", (1, 2, 6, 8), (3, 3), (2, 2), (1, 1), ceil_mode=True)
    excluded = {"ceil_mode": True, "count_include_pad": False}
    add("ceil_padding_excluded", (1, 2, 6, 8), (3, 3), (2, 2), (1, 1), **excluded)
    add("ceil_window_dropped", (1, 1, 4, 7), (2, 2), (3, 3), (1, 1), ceil_mode=True)
    add("rectangular", (1, 2, 5, 8), (2, 3), (1, 2), (1, 1))


def softmax_cases():
    def log_softmax(x, axis):
        return F.log_softmax(x, axis)

    def cross_entropy(x, label):
        return F.cross_entropy(x, label)

    def add_cross_entropy(variant, x, label):
        case("cross_entropy", variant, cross_entropy, {"x": x}, {"label": torch.tensor(label)})

    case("log_softmax", "axis0", log_softmax, {"x": randn(5, 7)}, options={"axis": 0})
    case("log_softmax", "axis1", log_softmax, {"x": randn(5, 7)}, options={"axis": 1})
    case("log_softmax", "axis1_of_3", log_softmax, {"x": randn(2, 5, 3)}, options={"axis": 1})
    case("log_softmax", "last_of_3", log_softmax, {"x": randn(2, 3, 17)}, options={"axis": 2})
    case("log_softmax", "one_class", log_softmax, {"x": randn(4, 1)}, options={"axis": 1})
    case("log_softmax", "large_logits", log_softmax, {"x": 100 * randn(4, 6)}, options={"axis": 1})

    add_cross_entropy("mean", randn(6, 10), [0, 9, 3, 3, 7, 1])
    add_cross_entropy("batch1", randn(1, 10), [4])
    add_cross_entropy("two_classes", randn(5, 2), [0, 1, 1, 0, 1])
    add_cross_entropy("wide", randn(3, 37), [36, 0, 17])
    add_cross_entropy("large_logits", 100 * randn(4, 6), [0, 5, 2, 2])


def batch_norm_cases():
    def train(x, w, b, running_mean, running_var, momentum, eps):
        mean, var = running_mean.clone(), running_var.clone()
        out = F.batch_norm(x, mean, var, w, b, training=True, momentum=momentum, eps=eps)
        return out, {"new_running_mean": mean, "new_running_var": var}

    def evaluate(x, w, b, running_mean, running_var, eps):
        return F.batch_norm(x, running_mean, running_var, w, b, training=False, eps=eps)

    shapes = {"4d": (3, 4, 3, 5), "2d": (6, 5), "batch1": (1, 3, 4, 4), "two_values": (2, 3)}
    for variant, shape in shapes.items():
        channels = shape[1]
        inputs = {"x": 3 + 2 * randn(*shape), "w": uniform(0.5, 1.5, channels), "b": randn(channels)}
        running = {"running_mean": randn(channels), "running_var": uniform(0.5, 2.0, channels)}
        case("batch_norm_train", variant, train, inputs, running, {"momentum": 0.1, "eps": 1e-5})
        case("batch_norm_eval", variant, evaluate, inputs, running, {"eps": 1e-5})
    inputs = {"x": 1000 + randn(8, 2, 3, 3), "w": uniform(0.5, 1.5, 2), "b": randn(2)}
    running = {"running_mean": randn(2), "running_var": uniform(0.5, 2.0, 2)}
    case("batch_norm_train", "mean_far_from_zero", train, inputs, running, {"momentum": 0.25, "eps": 1e-3})


def matmul_cases():
    for variant, x_shape, w_shape in [
        ("plain", (5, 7), (7, 3)),
        ("one_row", (1, 9), (9, 4)),
        ("inner1", (4, 1), (1, 5)),
        ("batched", (3, 4, 5), (3, 5, 2)),
        ("right_shared", (3, 4, 5), (5, 2)),
        ("left_shared", (4, 5), (3, 5, 2)),
        ("right_batch1", (3, 4, 5), (1, 5, 2)),
        ("both_broadcast", (2, 1, 3, 4), (1, 3, 4, 2)),
        ("four_axes", (2, 2, 3, 4), (2, 2, 4, 3)),
    ]:
        case("matmul", variant, lambda x, w: x @ w, {"x": randn(*x_shape), "w": randn(*w_shape)})


def elementwise_cases():
    def maximum(x, w):
        return torch.maximum(x, w)

    zero = torch.tensor([0.0])
    wide = torch.cat([randn(8), torch.tensor([0.0, 1e-4, -1e-4, 4.0, -4.0, 9.0, -9.0, 30.0, -30.0])])
    positive = torch.cat([uniform(0.1, 4, 8), torch.tensor([1.0, 1e-6, 1e6])])
    for op, compute, x in [
        ("gelu", F.gelu, wide),
        ("sigmoid", torch.sigmoid, wide),
        ("tanh", torch.tanh, wide),
        ("exp", torch.exp, wide),
        ("ln", torch.log, positive),
        ("sqrt", torch.sqrt, positive),
    ]:
        case(op, "range", compute, {"x": x})
        case(op, "matrix", compute, {"x": uniform(0.1, 3, 3, 5)})
    case("relu", "at_zero", torch.relu, {"x": torch.cat([randn(8), zero, -zero, zero])})
    case("relu", "matrix", torch.relu, {"x": randn(3, 5)})
    case("maximum", "ties", maximum, {"x": few_values(4, 6), "w": few_values(4, 6)})
    case("maximum", "distinct", maximum, {"x": randn(4, 6), "w": randn(4, 6)})
    case("maximum", "broadcast_ties", maximum, {"x": few_values(4, 6), "w": few_values(1, 6)})


def reduction_cases():
    def amax(x, axes, keepdim):
        return x.amax(axes, keepdim)

    def mean(x, axes, keepdim):
        return x.mean(axes, keepdim)

    def sum(x, axes, keepdim):
        return x.sum(axes, keepdim)

    for op, compute, values in [("amax", amax, few_values), ("mean", mean, randn), ("sum", sum, randn)]:
        for axes in [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)]:
            for keepdim in (False, True):
                variant = "axes" + "".join(map(str, axes)) + ("_keepdim" if keepdim else "")
                options = {"axes": axes, "keepdim": keepdim}
                case(op, variant, compute, {"x": values(3, 4, 5)}, options=options)
    options = {"axes": (0, 2), "keepdim": False}
    case("amax", "distinct", amax, {"x": randn(3, 4, 5)}, options=options)


def layout_cases():
    """Compositions; README.md gives each one as a formula under the same name."""

    def overlapping_slices(x):
        return torch.cat([x[:, 0:3], x[:, 2:5], x[:, 4:5]], 1)

    x, w = {"x": randn(2, 3, 4)}, {"w": randn(2, 2, 3)}
    case("layout", "permute", lambda x: x.permute(2, 0, 1), x)
    case("layout", "slice", lambda x: x[:, 1:3, 2:], x)
    case("layout", "concat", lambda x, w: torch.cat([x, w], 2), {"x": randn(2, 3, 4), "w": randn(2, 3, 1)})
    case("layout", "permute_slice_concat", lambda x, w: torch.cat([x.permute(0, 2, 1)[:, 1:4], w], 1), x | w)
    case("layout", "overlapping_slices", overlapping_slices, {"x": randn(3, 5)})
    case("layout", "concat_with_itself", lambda x: torch.cat([x, x.permute(1, 0)], 0), {"x": randn(4, 4)})
    case("layout", "split_heads", lambda x: x.reshape(2, 3, 2, 4).permute(0, 2, 1, 3), {"x": randn(2, 3, 8)})
    case("layout", "merge_heads", lambda x: x.permute(0, 2, 1, 3).reshape(2, 3, 8), {"x": randn(2, 2, 3, 4)})
    case("layout", "slices_multiplied", lambda x: x[:, 0:4] * x[:, 4:8], {"x": randn(3, 8)})


FAMILIES = [
    conv2d_cases,
    max_pool2d_cases,
    avg_pool2d_cases,
    softmax_cases,
    batch_norm_cases,
    matmul_cases,
    elementwise_cases,
    reduction_cases,
    layout_cases,
]


def compute_cases(dtype):
    """Returns the tensors of all cases, computed in `dtype`."""
    global DTYPE
    DTYPE = dtype
    CASES.clear()
    for seed, family in enumerate(FAMILIES):
        # A seed per family, so that a new case changes no other family's numbers.
        GENERATOR.manual_seed(seed)
        family()
    return dict(CASES)


def check():
    """Prints, per operation, the tensor whose |f32 - f64| is largest relative to its largest element."""
    exact, rounded = compute_cases(torch.float64), compute_cases(torch.float32)
    worst = {}
    for key, value in exact.items():
        _, op, rest = key.split("/", 2)
        error = (rounded[key].double() - value.double()).abs().max().item()
        # A tensor of zeros has no scale of its own.
        relative = error / (value.abs().max().item() or 1.0)
        worst[op] = max(worst.get(op, (0.0, 0.0, "")), (relative, error, rest))
    for op, (relative, error, rest) in worst.items():
        print(f"{op:16} {relative:.1e}, absolute {error:.1e}, in {rest}")


def main(name="ops"):
    parser = argparse.ArgumentParser(description=f"Writes {name}.safetensors")
    parser.add_argument("--check", action="store_true", help="print float32 errors, write nothing")
    torch.set_num_threads(1)
    if parser.parse_args().check:
        check()
        return
    tensors = compute_cases(torch.float64)
    path = Path(__file__).parent / f"{name}.safetensors"
    save_file({name: tensor.contiguous().numpy() for name, tensor in tensors.items()}, path)
    cases = {name.rpartition("/")[0] for name in tensors}
    print(f"{path.name}: {len(cases)} cases, {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
