//! Transposed convolution.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_conv_transpose1d() {
    let case = Case::new().input(shape![2, 4, 3]).input(shape![4, 3, 2]);
    let checked = case.check(|b, x| {
        op!(b, conv_transpose1d(x[0], x[1], stride = 3, padding = 1, output_padding = 2, groups = 2))
    });
    assert_eq!(checked.output.shape, [2, 6, 8]);
    case.check_twice(|b, x| {
        let out = op!(b, conv_transpose1d(x[0], x[1], dilation = 2));
        op!(b, mul(out, out))
    });
    let one = Case::new().input(shape![1, 1, 1]).input(shape![1, 1, 1]);
    assert_eq!(one.check(|b, x| op!(b, conv_transpose1d(x[0], x[1]))).output.shape, [1, 1, 1]);
}

#[test]
pub(crate) fn gradient_of_conv_transpose2d() {
    let case = Case::new().input(shape![2, 2, 3, 2]).input(shape![2, 3, 3, 2]);
    let checked = case.check(|b, x| {
        op!(b, conv_transpose2d(x[0], x[1], stride = [2, 3], padding = [1, 0], output_padding = [1, 2]))
    });
    assert_eq!(checked.output.shape, [2, 3, 6, 7]);
    case.check_twice(|b, x| {
        let out = op!(b, conv_transpose2d(x[0], x[1], stride = 2, groups = 2, dilation = [1, 2]));
        op!(b, mul(out, out))
    });
    // The dilation allows more output padding than the stride: places that nothing reaches.
    let case = Case::new().input(shape![1, 1, 2, 3]).input(shape![1, 2, 2, 2]);
    let checked = case
        .check(|b, x| op!(b, conv_transpose2d(x[0], x[1], padding = 1, output_padding = 2, dilation = 3)));
    assert_eq!(checked.output.shape, [1, 2, 5, 6]);
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    let case = Case::new().size("N", 2).size("H", 3).input(shape![n, 1, h, 2]).input(shape![1, 2, 3, 3]);
    let checked = case.check(|b, x| op!(b, conv_transpose2d(x[0], x[1], stride = 2, output_padding = 1)));
    assert_eq!(checked.output.shape, [2, 2, 8, 6]);
}

#[test]
pub(crate) fn gradient_of_conv_transpose3d() {
    let case = Case::new().input(shape![2, 2, 2, 2, 1]).input(shape![2, 2, 2, 1, 2]);
    let checked = case.check(|b, x| {
        op!(
            b,
            conv_transpose3d(
                x[0],
                x[1],
                stride = [2, 1, 1],
                padding = [1, 0, 0],
                output_padding = [1, 0, 0],
                groups = 2
            )
        )
    });
    assert_eq!(checked.output.shape, [2, 4, 3, 2, 2]);
    case.check_twice(|b, x| {
        let out = op!(b, conv_transpose3d(x[0], x[1], dilation = [2, 1, 1], groups = 2));
        op!(b, mul(out, out))
    });
    let case = Case::new().input(shape![1, 1, 1, 2, 1]).input(shape![1, 1, 2, 1, 1]);
    let checked =
        case.check(|b, x| op!(b, conv_transpose3d(x[0], x[1], output_padding = [2, 0, 0], dilation = 3)));
    assert_eq!(checked.output.shape, [1, 1, 6, 2, 1]);
}

#[test]
fn values() {
    let case =
        Case::new().values(shape![1, 1, 1, 2], &[1.0, 10.0]).values(shape![1, 1, 1, 3], &[1.0, 2.0, 3.0]);
    let checked = case.run(|b, x| op!(b, conv_transpose2d(x[0], x[1], stride = [1, 2])));
    assert_eq!(checked.output.data, [1.0, 2.0, 13.0, 20.0, 30.0]);
    let checked = case.run(|b, x| {
        op!(b, conv_transpose2d(x[0], x[1], stride = [1, 2], padding = [0, 1], output_padding = [0, 1]))
    });
    assert_eq!(checked.output.data, [2.0, 13.0, 20.0, 30.0]);
}

#[test]
fn problems() {
    let types = || [f32(shape![1, 4, 5, 5]), f32(shape![3, 2, 3, 3])];
    let text = problem(types(), |b, [x, w]| try_op!(b, conv_transpose2d(x, w)));
    assert_eq!(
        text,
        "the weight [3, 2, 3, 3] takes 3 input channels, but the input [1, 4, 5, 5] has 4\n\
         help: make the weight [4, 2, 3, 3], or give the input 3 channels\n\
         at 1"
    );
    let types = || [f32(shape![1, 4, 5, 1]), f32(shape![4, 2, 3, 3])];
    let text = problem(types(), |b, [x, w]| try_op!(b, conv_transpose2d(x, w, groups = 3)));
    assert_eq!(
        text,
        "3 groups do not divide 4 input channels\n\
         help: make the number of input channels a multiple of 3, or change `groups`\n\
         at 5"
    );
    let text = problem(types(), |b, [x, w]| try_op!(b, conv_transpose2d(x, w, output_padding = [0, 1])));
    assert_eq!(
        text,
        "output padding 1 is not less than the stride 1 or the dilation 1\n\
         help: use an output padding of at most 0, or a larger stride\n\
         at 4"
    );
    let text = problem(types(), |b, [x, w]| try_op!(b, conv_transpose2d(x, w, padding = [0, 2])));
    assert_eq!(
        text,
        "the output of `conv_transpose2d` would be empty: padding 2 on both sides cuts off all of 3 places\n\
         note: the input is [1, 4, 5, 1], the kernel 3x3\n\
         help: use less padding, or a larger kernel or stride\n\
         at 3"
    );
    let types = [f32(shape![1, 4, 5]), f32(shape![4, 2, 3, 3])];
    let text = problem(types, |b, [x, w]| try_op!(b, conv_transpose2d(x, w)));
    assert!(text.starts_with("`conv_transpose2d` takes 4 axes [N, channels, height, width] as `x`, found 3"));
}
