//! Windows as columns.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_unfold() {
    let case = Case::new().input(shape![2, 2, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, unfold(x[0], [2, 3]))).output.shape, [2, 12, 9]);
    let checked =
        case.check(|b, x| op!(b, unfold(x[0], 2, dilation = [2, 1], padding = [1, 0], stride = [1, 3])));
    assert_eq!(checked.output.shape, [2, 8, 8]);
    case.check_twice(|b, x| {
        let columns = op!(b, unfold(x[0], 3, stride = 2, padding = 1));
        op!(b, mul(columns, columns))
    });
    let n = Size::symbol("N");
    let case = Case::new().size("N", 2).input(shape![n, 1, 1, 1]);
    assert_eq!(case.check(|b, x| op!(b, unfold(x[0], 1))).output.shape, [2, 1, 1]);
}

#[test]
pub(crate) fn gradient_of_fold() {
    let case = Case::new().input(shape![2, 8, 6]);
    assert_eq!(case.check(|b, x| op!(b, fold(x[0], [3, 4], 2))).output.shape, [2, 2, 3, 4]);
    let case = Case::new().input(shape![1, 6, 6]);
    let checked = case.check(|b, x| {
        op!(b, fold(x[0], [4, 5], [2, 3], dilation = [2, 1], padding = [0, 1], stride = [1, 2]))
    });
    assert_eq!(checked.output.shape, [1, 1, 4, 5]);
    case.check_twice(|b, x| {
        let image = op!(b, fold(x[0], [3, 5], [2, 3]));
        op!(b, mul(image, image))
    });
}

#[test]
pub(crate) fn gradient_of_windows() {
    let case = Case::new().input(shape![2, 7, 3]);
    assert_eq!(case.check(|b, x| op!(b, windows(x[0], 1, 3, 2))).output.shape, [2, 3, 3, 3]);
    assert_eq!(case.check(|b, x| op!(b, windows(x[0], -1, 2))).output.shape, [2, 7, 2, 2]);
    assert_eq!(case.check(|b, x| op!(b, windows(x[0], 0, 1))).output.shape, [2, 7, 3, 1]);
    let l = Size::symbol("L");
    let case = Case::new().size("L", 8).input(shape![l]);
    assert_eq!(case.check(|b, x| op!(b, windows(x[0], 0, 3, step = 4))).output.shape, [2, 3]);
}

/// The layouts of PyTorch 2.15.
#[test]
fn values() {
    let case = Case::new().values(shape![1, 1, 2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let columns = case.run(|b, x| op!(b, unfold(x[0], 2)));
    assert_eq!(columns.output.data, [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0]);
    let back = case.run(|b, x| {
        let columns = op!(b, unfold(x[0], 2));
        op!(b, fold(columns, [2, 3], 2))
    });
    assert_eq!(back.output.data, [1.0, 4.0, 3.0, 4.0, 10.0, 6.0]);
    let case = Case::new().values(shape![5], &[1.0, 2.0, 3.0, 4.0, 5.0]);
    let windows = case.run(|b, x| op!(b, windows(x[0], 0, 2, 2)));
    assert_eq!(windows.output.data, [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![1, 2, 2, 5])], |b, [x]| try_op!(b, unfold(x, 3)));
    assert_eq!(
        text,
        "the output of `unfold` would be empty: a 3x3 window does not fit into 2x5 with padding 0\n\
         note: the input is [1, 2, 2, 5]\n\
         help: use a smaller window, more padding, or fewer layers that shrink the image before it"
    );
    let columns = || [f32(shape![1, 8, 6])];
    let text = problem(columns(), |b, [x]| try_op!(b, fold(x, [3, 4], 3)));
    assert_eq!(
        text,
        "a 3x3 kernel has 9 elements, which do not divide 8 rows\n\
         note: the tensor is [1, 8, 6]\n\
         help: give `kernel_size` as for the `unfold` that made the columns\n\
         at 2"
    );
    let text = problem(columns(), |b, [x]| try_op!(b, fold(x, [4, 4], 2)));
    assert_eq!(
        text,
        "4x4 holds 3 x 3 = 9 windows, but the tensor has 6 columns\n\
         note: the tensor is [1, 8, 6]\n\
         help: give `output_size` and the other arguments as for the `unfold` that made the columns\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, windows(x, 1, 4)));
    assert_eq!(
        text,
        "a window of 4 does not fit into axis 1, which has size 3\n\
         note: the tensor is [2, 3]\n\
         help: use a size of at most 3\n\
         at 2"
    );
}
