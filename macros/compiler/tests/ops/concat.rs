//! Concatenation.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let case = Case::new().input(shape![2, 3]).input(shape![2, 1]).input(shape![2, 4]);
    let checked = case.check(|b, x| op!(b, concat([x[0], x[1], x[2]], axis = 1)));
    assert_eq!(checked.output.shape, [2, 8]);
    case.check(|b, x| op!(b, concat([x[0], x[1], x[0]], -1)));
    case.check(|b, x| op!(b, concat([x[2]])));
    let case = Case::new().size("N", 3).input(shape![n, 2]).input(shape![1, 2]);
    assert_eq!(case.check(|b, x| op!(b, concat([x[0], x[1], x[0]]))).output.shape, [7, 2]);
    let case = Case::new().size("N", 3).input(shape![n, 2]).input(shape![n, 1]);
    assert_eq!(case.check(|b, x| op!(b, concat([x[0], x[1]], axis = 1))).output.shape, [3, 3]);
    case.check_twice(|b, x| {
        let both = op!(b, concat([x[1], x[0]], axis = 1));
        op!(b, mul(both, both))
    });
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, concat(x)));
    assert_eq!(
        text,
        "`concat` takes a list of tensors, found a tensor of `f32` of shape [2, 3]\n\
         help: write `concat([a, b], axis = 1)`\n\
         at 0"
    );
    let text = problem([], |b, []| try_op!(b, concat(Vec::<f64>::new())));
    assert!(text.starts_with("`concat` takes a list of tensors, found []"));
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, concat([x.to_argument(), 1.0.to_argument()])));
    assert!(
        text.starts_with("`concat` takes a list of tensors, found [a tensor of `f32` of shape [2], 1.0]")
    );
    let text =
        problem([f32(shape![2, 3]), f32(shape![3, 3])], |b, [x, y]| try_op!(b, concat([x, y], axis = 1)));
    assert_eq!(
        text,
        "[2, 3] and [3, 3] cannot be concatenated along axis 1: axis 0 is 2 and 3\n\
         help: make all sizes but those of axis 1 equal, or choose another `axis`\n\
         at 0"
    );
    let text = problem([f32(shape![2, 3]), f32(shape![3])], |b, [x, y]| try_op!(b, concat([x, y])));
    assert_eq!(
        text,
        "[2, 3] and [3] cannot be concatenated: they have 2 and 1 axes\n\
         help: add or merge axes with `reshape`\n\
         at 0"
    );
    let text = problem([f32(shape![2]), u8(shape![2])], |b, [x, y]| try_op!(b, concat([x, y])));
    assert_eq!(
        text,
        "tensors of `f32` and `u8` cannot be concatenated\n\
         help: declare both with the same element type\n\
         at 0"
    );
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, concat([x, x], axis = 1)));
    assert_eq!(
        text,
        "axis 1 is out of range for `concat`: the tensor has 1 axis\n\
         note: the tensor is [2]\n\
         help: use 0 or -1\n\
         at 1"
    );
}
