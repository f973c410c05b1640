//! Tensors along a new axis.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 2).input(shape![n, 3]).input(shape![n, 3]);
    for (axis, expected) in [(0, [2, 2, 3]), (1, [2, 2, 3]), (2, [2, 3, 2]), (-1, [2, 3, 2])] {
        let checked = case.check(|b, x| op!(b, stack([x[0], x[1]], axis = axis)));
        assert_eq!(checked.output.shape, expected);
    }
    case.check_twice(|b, x| {
        let both = op!(b, stack([x[0], x[1], x[0]]));
        op!(b, mul(both, both))
    });
    assert_eq!(case.check(|b, x| op!(b, stack([x[0]]))).output.shape, [1, 2, 3]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2]), f32(shape![3])], |b, [x, y]| try_op!(b, stack([x, y])));
    assert_eq!(
        text,
        "[2] and [3] cannot be stacked: they differ\nhelp: give all tensors the shape [2]\nat 0"
    );
    let text = problem([f32(shape![2]), u8(shape![2])], |b, [x, y]| try_op!(b, stack([x, y])));
    assert_eq!(
        text,
        "[2] and u8[2] cannot be stacked: they differ\nhelp: declare all with the same element type\nat 0"
    );
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, stack(x)));
    assert!(
        text.starts_with("`stack` takes a list of tensors, found a tensor of `f32` of shape [2]"),
        "{text}"
    );
}
