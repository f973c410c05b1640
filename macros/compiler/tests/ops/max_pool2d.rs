//! Max pooling.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().input(shape![2, 2, 5, 7]);
    let shape = |checked: Checked| [checked.output.shape[2], checked.output.shape[3]];
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], 1)))), [5, 7]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], 2)))), [2, 3]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], 2, ceil_mode = true)))), [3, 4]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], [5, 7])))), [1, 1]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], 2, stride = [3, 4])))), [2, 2]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], [3, 2], 1, padding = [1, 0])))), [5, 6]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], 2, 1, dilation = [3, 2])))), [2, 5]);
    // Rounding up adds a window that would start in the right padding; it is dropped.
    let case = Case::new().input(shape![1, 1, 4, 7]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], 2, 3, 1, ceil_mode = true)))), [2, 3]);
    // So is one that would start right at the end of the image.
    let case = Case::new().input(shape![1, 1, 5, 2]);
    assert_eq!(shape(case.check(|b, x| op!(b, max_pool2d(x[0], 2, 3, 1, ceil_mode = true)))), [2, 1]);
    let one = Case::new().input(shape![1, 1, 1, 1]);
    assert_eq!(shape(one.check(|b, x| op!(b, max_pool2d(x[0], 1)))), [1, 1]);
}

#[test]
fn run_time_sizes() {
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    for height in [4, 5] {
        let case = Case::new().size("N", 2).size("H", height).input(shape![n, 2, h, 5]);
        assert_eq!(case.check(|b, x| op!(b, max_pool2d(x[0], 2))).output.shape, [2, 2, 2, 2]);
    }
    // Only the batch is known at run time: rounding up is decided at compile time.
    let case = Case::new().size("N", 2).input(shape![n, 1, 3, 3]);
    assert_eq!(case.check(|b, x| op!(b, max_pool2d(x[0], 2, ceil_mode = true))).output.shape, [2, 1, 2, 2]);
}

#[test]
fn the_first_of_equal_maxima_gets_the_gradient() {
    let case = Case::new().values(shape![1, 1, 2, 4], &[1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
    let checked = case.run(|b, x| op!(b, max_pool2d(x[0], 2)));
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0), [dy[0], 0.0, 0.0, dy[1], 0.0, 0.0, 0.0, 0.0]);
    // In overlapping windows the gradients of several outputs add up.
    let case = Case::new().values(shape![1, 1, 1, 3], &[0.0, 5.0, 0.0]);
    let checked = case.run(|b, x| op!(b, max_pool2d(x[0], [1, 2], 1)));
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0), [0.0, dy[0] + dy[1], 0.0]);
}

#[test]
fn padding_never_wins_and_nan_does() {
    let case = Case::new().values(shape![1, 1, 1, 2], &[-3.0, -2.0]);
    let checked = case.run(|b, x| op!(b, max_pool2d(x[0], 2, 1, padding = 1)));
    assert_eq!(checked.output.data, [-3.0, -2.0, -2.0, -3.0, -2.0, -2.0]);
    let case = Case::new().values(shape![1, 1, 1, 3], &[1.0, f64::NAN, f64::NAN]);
    let checked = case.run(|b, x| op!(b, max_pool2d(x[0], [1, 3])));
    assert!(checked.output.data[0].is_nan());
    // The last one takes the gradient, as in PyTorch.
    assert_eq!(grad(&checked, 0), [0.0, 0.0, checked.grad_output.data[0]]);
}

#[test]
pub(crate) fn gradient_of_max_pool1d() {
    let case = Case::new().input(shape![2, 2, 7]);
    assert_eq!(case.check(|b, x| op!(b, max_pool1d(x[0], 2))).output.shape, [2, 2, 3]);
    let checked =
        case.check(|b, x| op!(b, max_pool1d(x[0], [3], 2, padding = 1, dilation = 2, ceil_mode = true)));
    assert_eq!(checked.output.shape, [2, 2, 3]);
    case.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        op!(b, max_pool1d(squares, 3, 1))
    });
}

#[test]
pub(crate) fn gradient_of_max_pool3d() {
    let case = Case::new().input(shape![1, 2, 3, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, max_pool3d(x[0], 2))).output.shape, [1, 2, 1, 2, 2]);
    let checked = case.check(|b, x| {
        op!(b, max_pool3d(x[0], [2, 1, 3], stride = [1, 2, 2], padding = [1, 0, 1], ceil_mode = true))
    });
    assert_eq!(checked.output.shape, [1, 2, 4, 2, 3]);
    assert_eq!(case.check(|b, x| op!(b, max_pool3d(x[0], [3, 1, 1], 1))).output.shape, [1, 2, 1, 4, 5]);
    case.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        op!(b, max_pool3d(squares, 2, dilation = [1, 2, 1]))
    });
    // The first of equal maxima in row-major order, over all three axes.
    let case = Case::new().values(shape![1, 1, 2, 2, 2], &[0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let checked = case.run(|b, x| op!(b, max_pool3d(x[0], 2)));
    let dy = checked.grad_output.data[0];
    assert_eq!(grad(&checked, 0), [0.0, dy, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn second_gradient() {
    let case = Case::new().input(shape![1, 2, 4, 5]);
    case.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        let pooled = op!(b, max_pool2d(squares, [2, 3], stride = [1, 2], padding = 1));
        op!(b, mul(pooled, pooled))
    });
}

#[test]
fn problems() {
    let x = || [f32(shape![1, 2, 4, 5])];
    let text = problem(x(), |b, [x]| try_op!(b, max_pool2d(x, 3, padding = 2)));
    assert_eq!(
        text,
        "padding 2 is more than half of the kernel size 3\n\
         help: use a padding of at most 1, or a larger kernel\n\
         at 3"
    );
    let text = problem(x(), |b, [x]| try_op!(b, max_pool2d(x, [2, 6])));
    assert_eq!(
        text,
        "the output of `max_pool2d` would be empty: a 2x6 window does not fit into 4x5 with padding 0\n\
         note: the input is [1, 2, 4, 5]\n\
         help: use a smaller window, more padding, or fewer layers that shrink the image before it"
    );
    let text = problem(x(), |b, [x]| try_op!(b, max_pool2d(x, 2.5)));
    assert_eq!(
        text,
        "`kernel_size` of `max_pool2d` is a whole number known at compile time, or `[vertical, horizontal]`, \
         at least 1, found 2.5\nat 1"
    );
    let text = problem([f32(shape![4, 5])], |b, [x]| try_op!(b, max_pool2d(x, 2)));
    assert!(
        text.starts_with("`max_pool2d` takes 4 axes [N, channels, height, width] as `x`, found 2 [4, 5]")
    );
    let types = [f32(shape![1, 2, Size::symbol("H"), 5])];
    let text = problem(types, |b, [x]| try_op!(b, max_pool2d(x, 2, ceil_mode = true)));
    assert_eq!(
        text,
        "`ceil_mode` of `max_pool2d` needs image sizes known at compile time, found [1, 2, H, 5]\n\
         help: leave `ceil_mode` out, or declare the image with literal sizes\n\
         at 5"
    );
}
