"""Writes shapes.safetensors: outputs and gradients of reductions and shape operations.

Cases as in ops.py, whose functions record them. An operation has macrograd's name, and its options those of
macrograd's arguments; lists are stored as int64. Operations with several results are recorded as one: the results,
flattened, each times its number from 1, one after the other.

    python shapes.py          # write the file
    python shapes.py --check  # write nothing; print how far float32 PyTorch is from float64
"""

import ops
import torch
from ops import case, few_values, randn, uniform


def parts(tensors):
    """Several results as one."""
    return torch.cat([number * part.flatten() for number, part in enumerate(tensors, 1)])


def reduction_cases():
    def min(x, axes, keepdim):
        return x.amin(axes, keepdim)

    def prod(x, axes, keepdim):
        # PyTorch's takes one axis.
        for axis in sorted(axes, reverse=True):
            x = x.prod(axis, keepdim)
        return x

    def logsumexp(x, axes, keepdim):
        return x.logsumexp(axes, keepdim)

    for op, compute, values in [("min", min, few_values), ("prod", prod, randn), ("logsumexp", logsumexp, randn)]:
        for axes in [(0,), (1,), (2,), (0, 2), (0, 1, 2)]:
            for keepdim in (False, True):
                variant = "axes" + "".join(map(str, axes)) + ("_keepdim" if keepdim else "")
                options = {"axes": axes, "keepdim": keepdim}
                case(op, variant, compute, {"x": values(3, 4, 5)}, options=options)
    one_axis = {"axes": (1,), "keepdim": False}
    case("min", "distinct", min, {"x": randn(3, 4, 5)}, options=one_axis)
    case("prod", "many_zeros", prod, {"x": few_values(6, 4)}, options=one_axis)
    zeros = torch.tensor([[2.0, -3.0, 4.0], [2.0, 0.0, 4.0], [0.0, -3.0, 0.0], [0.0, 0.0, 0.0]])
    case("prod", "no_one_two_three_zeros", prod, {"x": zeros}, options=one_axis)
    case("prod", "all_with_one_zero", prod, {"x": zeros[:2]}, options={"axes": (0, 1), "keepdim": False})
    case("prod", "all_with_two_zeros", prod, {"x": zeros[:3]}, options={"axes": (0, 1), "keepdim": False})
    case("logsumexp", "large", logsumexp, {"x": 100 * randn(4, 6)}, options=one_axis)
    some_minus_infinity = randn(3, 4)
    some_minus_infinity[0, 1] = some_minus_infinity[2, :3] = -float("inf")
    case("logsumexp", "minus_infinity", logsumexp, {"x": some_minus_infinity}, options=one_axis)


def spread_cases():
    def var(x, axes, correction, keepdim=False):
        return x.var(axes, correction=correction, keepdim=keepdim)

    def std(x, axes, correction, keepdim=False):
        return x.std(axes, correction=correction, keepdim=keepdim)

    for op, compute in [("var", var), ("std", std)]:
        for axes in [(0,), (2,), (0, 2), (0, 1, 2)]:
            for correction in (0, 1, 2):
                variant = "axes" + "".join(map(str, axes)) + f"_correction{correction}"
                options = {"axes": axes, "correction": correction}
                case(op, variant, compute, {"x": randn(3, 4, 5)}, options=options)
        options = {"axes": (1,), "correction": 1}
        case(op, "keepdim", compute, {"x": randn(3, 4)}, options=options | {"keepdim": True})
        case(op, "far_from_zero", compute, {"x": 1000 + randn(3, 8)}, options=options)
        case(op, "one_element", compute, {"x": randn(3, 1)}, options=options)
        case(op, "one_element_of_a_population", compute, {"x": randn(3, 1)}, options=options | {"correction": 0})
        case(op, "equal_elements", compute, {"x": torch.full((2, 3), 0.75)}, options=options)


def norm_cases():
    def norm(x, p, axes, keepdim=False):
        return x.norm(p, axes, keepdim)

    for p in [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, -1.0, float("inf"), -float("inf")]:
        name = str(p).replace(".", "_").replace("-", "minus_")
        case("norm", f"p{name}", norm, {"x": randn(3, 4, 5)}, options={"p": p, "axes": (1,)})
        case("norm", f"p{name}_all", norm, {"x": randn(3, 4)}, options={"p": p, "axes": (0, 1), "keepdim": True})
        with_zeros = few_values(5, 4)
        with_zeros[2] = 0
        case("norm", f"p{name}_zeros", norm, {"x": with_zeros}, options={"p": p, "axes": (1,)})


def scan_cases():
    def cumsum(x, axis):
        return x.cumsum(axis)

    def cumprod(x, axis):
        return x.cumprod(axis)

    for op, compute in [("cumsum", cumsum), ("cumprod", cumprod)]:
        for axis in range(3):
            case(op, f"axis{axis}", compute, {"x": randn(3, 4, 5)}, options={"axis": axis})
        case(op, "one_place", compute, {"x": randn(3, 1)}, options={"axis": 1})
    case("cumprod", "zeros", cumprod, {"x": few_values(6, 7)}, options={"axis": 1})
    zeros = torch.tensor([[2.0, -3.0, 4.0], [2.0, 0.0, 4.0], [0.0, -3.0, 0.0], [0.0, 0.0, 0.0]])
    case("cumprod", "no_one_two_three_zeros", cumprod, {"x": zeros}, options={"axis": 1})


def shape_cases():
    def each(op, compute, shape, variants):
        for variant, options in variants.items():
            case(op, variant, compute, {"x": randn(*shape)}, options=options)

    cube = (2, 3, 4)
    each("squeeze", lambda x: x.squeeze(), (1, 3, 1), {"all": {}})
    each("squeeze", lambda x, axes: x.squeeze(axes), (1, 3, 1), {"one": {"axes": 2}, "two": {"axes": (0, 2)}})
    each("unsqueeze", lambda x, axis: x.unsqueeze(axis), cube, {"first": {"axis": 0}, "last": {"axis": -1}})
    each("flip", lambda x, axes: x.flip(axes), cube, {"one": {"axes": (1,)}, "two": {"axes": (0, 2)}})
    each("roll", lambda x, shifts: x.roll(shifts), cube, {"flat": {"shifts": 5}, "back": {"shifts": -1}})
    each(
        "roll",
        lambda x, shifts, axes: x.roll(shifts, axes),
        cube,
        {"one": {"shifts": 1, "axes": 1}, "two": {"shifts": (-1, 6), "axes": (2, 0)}},
    )
    each("repeat", lambda x, counts: x.repeat(counts), (2, 3), {"two": {"counts": (2, 3)}, "more": {"counts": (2, 1, 2)}})
    each("tile", lambda x, counts: x.tile(counts), (2, 3), {"less": {"counts": (2,)}, "more": {"counts": (2, 1, 2)}})
    each("repeat_interleave", lambda x, count: x.repeat_interleave(count), (2, 3), {"flat": {"count": 2}})
    each(
        "repeat_interleave",
        lambda x, count, axis: x.repeat_interleave(count, axis),
        (2, 3),
        {"first": {"count": 3, "axis": 0}, "last": {"count": 2, "axis": -1}},
    )
    each(
        "movedim",
        lambda x, source, destination: x.movedim(source, destination),
        cube,
        {"one": {"source": 0, "destination": -1}, "two": {"source": (0, 1), "destination": (2, 0)}},
    )
    each("swapaxes", lambda x, axis0, axis1: x.swapaxes(axis0, axis1), cube, {"outer": {"axis0": 0, "axis1": 2}})
    each("at", lambda x, axis, index: x.select(axis, index), cube, {"middle": {"axis": 1, "index": -2}})
    each("step_by", lambda x, step, axis: x[:, ::step], (2, 7), {"two": {"step": 2, "axis": 1}, "far": {"step": 9, "axis": 1}})


def part_cases():
    case("split", "equal", lambda x, sizes, axis: parts(x.split(sizes, axis)), {"x": randn(3, 5)}, options={"sizes": 2, "axis": 1})
    case("split", "list", lambda x, sizes, axis: parts(x.split(sizes, axis)), {"x": randn(6, 2)}, options={"sizes": [1, 3, 2], "axis": 0})
    case("chunk", "uneven", lambda x, chunks, axis: parts(x.chunk(chunks, axis)), {"x": randn(2, 7)}, options={"chunks": 3, "axis": 1})
    case("chunk", "fewer", lambda x, chunks: parts(x.chunk(chunks)), {"x": randn(5)}, options={"chunks": 4})
    case("unbind", "middle", lambda x, axis: parts(x.unbind(axis)), {"x": randn(2, 3, 2)}, options={"axis": 1})
    for axis in (0, 1, -1):
        variant = f"axis{axis}".replace("-", "_minus")
        case("stack", variant, lambda x, w, axis: torch.stack([x, w], axis), {"x": randn(2, 3), "w": randn(2, 3)}, options={"axis": axis})
    for indexing in ("ij", "xy"):
        case("meshgrid", indexing, lambda x, w: parts(torch.meshgrid(x, w, indexing=indexing)), {"x": randn(3), "w": randn(2)})


def matrix_cases():
    for op, compute in [("tril", torch.tril), ("triu", torch.triu)]:
        for diagonal in (0, 2, -1):
            variant = f"diagonal{diagonal}".replace("-", "_minus")
            case(op, variant, lambda x, diagonal: compute(x, diagonal), {"x": randn(2, 4, 3)}, options={"diagonal": diagonal})
    for offset in (0, 1, -2):
        variant = f"offset{offset}".replace("-", "_minus")
        options = {"offset": offset, "axis1": 2, "axis2": 0}
        case("diagonal", variant, lambda x, offset, axis1, axis2: x.diagonal(offset, axis1, axis2), {"x": randn(3, 2, 4)}, options=options)
        case("diag", f"matrix_{variant}", lambda x, diagonal: x.diag(diagonal), {"x": randn(3, 4)}, options={"diagonal": offset})
        case("diag", f"vector_{variant}", lambda x, diagonal: x.diag(diagonal), {"x": randn(3)}, options={"diagonal": offset})
    case("trace", "square", torch.trace, {"x": randn(3, 3)})
    case("trace", "wide", torch.trace, {"x": randn(2, 5)})
    case("outer", "pairs", lambda x, w: torch.outer(x, w), {"x": randn(3), "w": randn(4)})
    case("dot", "pairs", lambda x, w: torch.dot(x, w), {"x": randn(5), "w": randn(5)})
    case("masked_fill", "broadcast", lambda x, w, value: x.masked_fill(w > 0, value), {"x": randn(3, 4)}, {"w": randn(4)}, {"value": -1.5})


ops.FAMILIES[:] = [
    reduction_cases,
    spread_cases,
    norm_cases,
    scan_cases,
    shape_cases,
    part_cases,
    matrix_cases,
]

if __name__ == "__main__":
    ops.main("shapes")
