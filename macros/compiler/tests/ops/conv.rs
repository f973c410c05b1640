//! Convolution over 1 and 3 spatial axes, and what all numbers of axes share: named padding and other edges.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_conv1d() {
    let case = Case::new().input(shape![2, 4, 7]).input(shape![6, 2, 3]);
    let checked = case.check(|b, x| op!(b, conv1d(x[0], x[1], stride = 2, padding = 1, groups = 2)));
    assert_eq!(checked.output.shape, [2, 6, 4]);
    case.check_twice(|b, x| {
        let out = op!(b, conv1d(x[0], x[1], dilation = [2], groups = 2));
        op!(b, mul(out, out))
    });
    let one = Case::new().input(shape![1, 1, 1]).input(shape![1, 1, 1]);
    assert_eq!(one.check(|b, x| op!(b, conv1d(x[0], x[1]))).output.shape, [1, 1, 1]);
    // Padding larger than the kernel, and a stride larger than it.
    let case = Case::new().input(shape![1, 1, 3]).input(shape![1, 1, 2]);
    let checked = case.check(|b, x| op!(b, conv1d(x[0], x[1], stride = 4, padding = 3)));
    assert_eq!(checked.output.shape, [1, 1, 2]);
    // Batch and length known at run time.
    let (n, l) = (Size::symbol("N"), Size::symbol("L"));
    let case = Case::new().size("N", 2).size("L", 6).input(shape![n, 2, l]).input(shape![3, 2, 3]);
    assert_eq!(case.check(|b, x| op!(b, conv1d(x[0], x[1], stride = 2))).output.shape, [2, 3, 2]);
}

#[test]
pub(crate) fn gradient_of_conv3d() {
    let case = Case::new().input(shape![2, 2, 4, 3, 3]).input(shape![4, 1, 2, 2, 2]);
    let checked =
        case.check(|b, x| op!(b, conv3d(x[0], x[1], stride = [2, 1, 1], padding = [1, 0, 1], groups = 2)));
    assert_eq!(checked.output.shape, [2, 4, 3, 2, 4]);
    case.check_twice(|b, x| {
        let out = op!(b, conv3d(x[0], x[1], dilation = [2, 1, 2], groups = 2));
        op!(b, mul(out, out))
    });
    // A kernel of depth 1 needs no taps along the depth.
    let flat = Case::new().input(shape![1, 2, 3, 3, 2]).input(shape![2, 2, 1, 2, 1]);
    assert_eq!(flat.check(|b, x| op!(b, conv3d(x[0], x[1]))).output.shape, [1, 2, 3, 2, 2]);
    let one = Case::new().input(shape![1, 1, 1, 1, 1]).input(shape![1, 1, 1, 1, 1]);
    assert_eq!(one.check(|b, x| op!(b, conv3d(x[0], x[1], padding = 1))).output.shape, [1, 1, 3, 3, 3]);
    let (n, d) = (Size::symbol("N"), Size::symbol("D"));
    let case =
        Case::new().size("N", 2).size("D", 5).input(shape![n, 1, d, 2, 2]).input(shape![2, 1, 3, 1, 2]);
    assert_eq!(case.check(|b, x| op!(b, conv3d(x[0], x[1], stride = 2))).output.shape, [2, 2, 2, 1, 1]);
}

#[test]
fn named_padding() {
    let case = Case::new().input(shape![1, 1, 5, 4]).input(shape![1, 1, 3, 2]);
    let shape = |checked: Checked| checked.output.shape[2..].to_vec();
    assert_eq!(shape(case.check(|b, x| op!(b, conv2d(x[0], x[1], padding = "valid")))), [3, 3]);
    // What is left over of an even reach goes behind.
    let same = case.check(|b, x| op!(b, conv2d(x[0], x[1], padding = "same", dilation = [1, 3])));
    let pads = case.check(|b, x| {
        let padded = op!(b, pad(x[0], [1, 2, 1, 1]));
        op!(b, conv2d(padded, x[1], dilation = [1, 3]))
    });
    assert_eq!(same.output, pads.output);
    assert_eq!(shape(same), [5, 4]);
    let symmetric = Case::new().input(shape![1, 1, 5]).input(shape![1, 1, 3]);
    let same = symmetric.check(|b, x| op!(b, conv1d(x[0], x[1], padding = "same")));
    assert_eq!(same.output, symmetric.run(|b, x| op!(b, conv1d(x[0], x[1], padding = 1))).output);
}

#[test]
fn other_edges() {
    for (mode, named) in [("reflect", "reflect"), ("replicate", "replicate"), ("circular", "circular")] {
        let case = Case::new().input(shape![1, 2, 4, 5]).input(shape![1, 2, 3, 3]);
        let checked = case.check(|b, x| op!(b, conv2d(x[0], x[1], padding = [1, 2], padding_mode = mode)));
        let pads = case.run(|b, x| {
            let padded = op!(b, pad(x[0], [2, 2, 1, 1], mode = named));
            op!(b, conv2d(padded, x[1]))
        });
        assert_eq!(checked.output, pads.output);
        let case = Case::new().input(shape![1, 1, 3, 3, 3]).input(shape![1, 1, 2, 3, 2]);
        let checked = case.check(|b, x| op!(b, conv3d(x[0], x[1], padding = "same", padding_mode = mode)));
        assert_eq!(checked.output.shape, [1, 1, 3, 3, 3]);
    }
}

#[test]
fn problems() {
    let row = || [f32(shape![1, 4, 5]), f32(shape![6, 4, 3])];
    let text = problem(row(), |b, [x, w]| try_op!(b, conv1d(x, w, padding = "same", stride = 2)));
    assert_eq!(
        text,
        "`padding = \"same\"` goes with a stride of 1, found 2\n\
         help: leave `stride` out, or write the padding as numbers\n\
         at 3"
    );
    let text = problem(row(), |b, [x, w]| try_op!(b, conv1d(x, w, padding = "some")));
    assert_eq!(
        text,
        "`padding` of `conv1d` is one of \"valid\", \"same\", found \"some\"\n\
         help: did you mean `padding = \"same\"`\n\
         at 3"
    );
    let text = problem(row(), |b, [x, w]| try_op!(b, conv1d(x, w, dilation = 3)));
    assert_eq!(
        text,
        "the output of `conv1d` would be empty: a window of 3 with dilation 3 does not fit into 5 with padding 0\n\
         note: the input is [1, 4, 5]\n\
         help: use a smaller window, more padding, or fewer layers that shrink the image before it"
    );
    let text = problem(row(), |b, [x, w]| try_op!(b, conv1d(x, w, padding = 5, padding_mode = "reflect")));
    assert_eq!(
        text,
        "padding 5 reflects more of axis 2 than its 5 places allow\n\
         note: the tensor is [1, 4, 5]\n\
         help: use a padding of at most 4, or the mode \"replicate\"\n\
         at 3"
    );
    let types = [f32(shape![1, 2, 4, 4, 4]), f32(shape![3, 2, Size::symbol("K"), 2, 2])];
    let text = problem(types, |b, [x, w]| try_op!(b, conv3d(x, w)));
    assert_eq!(
        text,
        "`conv3d` needs a kernel whose depth is known at compile time, found K\n\
         help: declare the depth of the weight as a number\n\
         at 1"
    );
    let types = [f32(shape![1, 2, 4, 4]), f32(shape![3, 2, Size::symbol("K"), 2])];
    let text = problem(types, |b, [x, w]| try_op!(b, conv2d(x, w, padding = "same")));
    assert_eq!(
        text,
        "`padding = \"same\"` needs a kernel size known at compile time, found K\n\
         help: declare the sizes of the kernel as numbers, or write the padding as numbers\n\
         at 3"
    );
    let text = problem([f32(shape![1, 2, 4, 4]), f32(shape![3, 2, 2])], |b, [x, w]| try_op!(b, conv1d(x, w)));
    assert!(text.starts_with("`conv1d` takes 3 axes [N, channels, length] as `x`, found 4 [1, 2, 4, 4]"));
}
