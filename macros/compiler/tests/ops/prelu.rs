//! Parametric rectifier.

use crate::support::*;

use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for (shape, weight) in [
        (shape![n, 3], shape![1]),
        (shape![n, 3], shape![3]),
        (shape![n, 3, 2, 2], shape![3]),
        (shape![5], shape![1]),
        (shape![], shape![]),
    ] {
        let case = Case::new().size("N", 4).input(shape).input(weight);
        case.check_twice(|b, x| op!(b, prelu(x[0], x[1])));
    }
    let case = Case::new().input(shape![4]);
    case.check_twice(|b, x| op!(b, prelu(x[0], weight = 0.25)));
}

/// At 0 the weight counts, as in PyTorch.
#[test]
fn gradient_at_zero() {
    let case = Case::new().values(shape![1], &[0.0]).values(shape![1], &[0.25]);
    let checked = case.run(|b, x| op!(b, prelu(x[0], x[1])));
    assert_eq!(grad(&checked, 0), [0.25 * checked.grad_output.data[0]]);
    assert_eq!(grad(&checked, 1), [0.0]);
}

#[test]
fn problems() {
    assert_eq!(
        problem([f32(shape![4, 3]), f32(shape![2])], |b, [x, weight]| try_op!(b, prelu(x, weight))),
        "`prelu` has 2 weights, but its input has 3 channels\n\
         note: the tensor is [4, 3]; channels lie along axis 1\n\
         help: declare the weight `Param<3>`, or `Param<1>` for one that all share\n\
         at 1"
    );
    assert_eq!(
        problem([f32(shape![4]), f32(shape![4])], |b, [x, weight]| try_op!(b, prelu(x, weight))),
        "`prelu` has 4 weights, but its input has 1 channel\n\
         note: the tensor is [4]; channels lie along axis 1\n\
         help: declare the weight `Param<1>`, or `Param<1>` for one that all share\n\
         at 1"
    );
    assert_eq!(
        problem([f32(shape![4, 3]), f32(shape![3, 1])], |b, [x, weight]| try_op!(b, prelu(x, weight))),
        "the weight of `prelu` has one axis, found 2 [3, 1]\n\
         help: declare it `Param<1>`, or with the number of channels\n\
         at 1"
    );
}
