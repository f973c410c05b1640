//! Two-dimensional convolution.

use crate::support::*;
use macrograd_compiler::graph::Size;

/// One convolution, checked against differences.
struct Conv {
    input: [i64; 4],
    weight: [i64; 4],
    stride: [i64; 2],
    padding: [i64; 2],
    dilation: [i64; 2],
    groups: i64,
    out: [usize; 2],
}

const PLAIN: Conv = Conv {
    input: [1, 1, 4, 5],
    weight: [1, 1, 3, 2],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 1,
    out: [2, 4],
};

const CASES: &[Conv] = &[
    PLAIN,
    Conv { input: [1, 1, 1, 1], weight: [1, 1, 1, 1], out: [1, 1], ..PLAIN },
    Conv { input: [2, 3, 4, 3], weight: [2, 3, 1, 1], out: [4, 3], ..PLAIN },
    Conv { weight: [2, 1, 4, 5], out: [1, 1], ..PLAIN },
    // Rows and columns that no window reaches.
    Conv { input: [1, 1, 5, 6], weight: [1, 1, 2, 2], stride: [3, 4], out: [2, 2], ..PLAIN },
    Conv { input: [1, 2, 5, 5], weight: [3, 2, 3, 3], stride: [2, 2], padding: [1, 1], out: [3, 3], ..PLAIN },
    Conv { input: [1, 1, 5, 7], weight: [2, 1, 3, 2], dilation: [2, 3], out: [1, 4], ..PLAIN },
    Conv { weight: [1, 1, 2, 2], padding: [2, 3], out: [7, 10], ..PLAIN },
    Conv { input: [2, 4, 3, 3], weight: [6, 2, 2, 2], groups: 2, out: [2, 2], ..PLAIN },
    Conv { input: [1, 3, 3, 3], weight: [3, 1, 3, 3], padding: [1, 1], groups: 3, out: [3, 3], ..PLAIN },
    Conv {
        input: [1, 2, 4, 4],
        weight: [4, 1, 3, 3],
        stride: [2, 1],
        padding: [1, 0],
        groups: 2,
        out: [2, 2],
        ..PLAIN
    },
    Conv {
        input: [1, 2, 6, 7],
        weight: [2, 1, 2, 3],
        stride: [2, 1],
        padding: [1, 2],
        dilation: [3, 2],
        groups: 2,
        out: [3, 7],
    },
];

#[test]
pub(crate) fn gradient() {
    for conv in CASES {
        let case = Case::new()
            .input(conv.input.map(Size::literal).to_vec())
            .input(conv.weight.map(Size::literal).to_vec());
        let build = |b: &mut macrograd_compiler::graph::Builder, x: &[macrograd_compiler::graph::Value]| {
            let Conv { stride, padding, dilation, groups, .. } = *conv;
            op!(
                b,
                conv2d(x[0], x[1], stride = stride, padding = padding, dilation = dilation, groups = groups)
            )
        };
        let checked = case.check(build);
        assert_eq!(checked.output.shape[2..], conv.out);
        // Squared, so that the second gradient reaches both operands through every node.
        case.check_twice(|b, x| {
            let out = build(b, x);
            op!(b, mul(out, out))
        });
    }
}

#[test]
fn run_time_sizes() {
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    for height in [5, 6, 7] {
        let case =
            Case::new().size("N", 2).size("H", height).input(shape![n, 2, h, 5]).input(shape![3, 2, 3, 3]);
        let checked = case.check(|b, x| op!(b, conv2d(x[0], x[1], stride = 2, padding = 1)));
        assert_eq!(checked.output.shape, [2, 3, (height as usize - 1) / 2 + 1, 3]);
        case.check_twice(|b, x| op!(b, conv2d(x[0], x[1], stride = [2, 1])));
    }
}

#[test]
fn values() {
    let case = Case::new()
        .values(shape![1, 1, 2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        .values(shape![1, 1, 1, 2], &[10.0, 1.0]);
    let checked = case.run(|b, x| op!(b, conv2d(x[0], x[1])));
    assert_eq!(checked.output.data, [12.0, 23.0, 45.0, 56.0], "the kernel is not flipped");
}

#[test]
fn problems() {
    let types = || [f32(shape![1, 4, 5, 5]), f32(shape![6, 3, 3, 3])];
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w)));
    assert_eq!(
        text,
        "the weight [6, 3, 3, 3] takes 3 input channels, but the input [1, 4, 5, 5] has 4\n\
         help: make the weight [6, 4, 3, 3], or give the input 3 channels\n\
         at 1"
    );
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w, groups = 3)));
    assert_eq!(
        text,
        "the weight [6, 3, 3, 3] takes 9 input channels in 3 groups, but the input [1, 4, 5, 5] has 4\n\
         help: choose a number of groups that divides 4 input channels\n\
         at 1"
    );
    let types = || [f32(shape![1, 4, 5, 5]), f32(shape![5, 2, 3, 3])];
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w, groups = 2)));
    assert_eq!(
        text,
        "2 groups do not divide 5 output channels\n\
         help: make the number of output channels a multiple of 2, or change `groups`\n\
         at 5"
    );
    let types = || [f32(shape![1, 2, 2, 5]), f32(shape![3, 2, 3, 3])];
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w)));
    assert_eq!(
        text,
        "the output of `conv2d` would be empty: a 3x3 window does not fit into 2x5 with padding 0\n\
         note: the input is [1, 2, 2, 5]\n\
         help: use a smaller window, more padding, or fewer layers that shrink the image before it"
    );
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w, padding = [1, 0], dilation = [2, 1])));
    assert!(text.starts_with(
        "the output of `conv2d` would be empty: a 3x3 window with dilation 2 does not fit into 2x5 with padding 1"
    ));
    let text = problem([f32(shape![2, 5, 5]), f32(shape![3, 2, 3, 3])], |b, [x, w]| try_op!(b, conv2d(x, w)));
    assert_eq!(
        text,
        "`conv2d` takes 4 axes [N, channels, height, width] as `x`, found 3 [2, 5, 5]\n\
         help: add or merge axes with `reshape`\n\
         at 0"
    );
    let text = problem([f32(shape![1, 2, 5, 5]), f32(shape![3])], |b, [x, w]| try_op!(b, conv2d(x, w)));
    assert!(text.starts_with(
        "`conv2d` takes 4 axes [out_channels, in_channels / groups, kernel_h, kernel_w] as `weight`, found 1 [3]"
    ));
}

#[test]
fn problems_of_options() {
    let types = || [f32(shape![1, 2, 5, 5]), f32(shape![3, 2, 3, 3])];
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w, stride = 0)));
    assert_eq!(
        text,
        "`stride` of `conv2d` is a whole number known at compile time, or `[vertical, horizontal]`, at least 1, \
         found 0\nat 2"
    );
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w, padding = [1, 2, 3])));
    assert!(text.ends_with("at least 0, found [1, 2, 3]\nat 3"));
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w, dilation = Size::symbol("N"))));
    assert!(text.ends_with("at least 1, found N\nat 4"));
    let text = problem(types(), |b, [x, w]| try_op!(b, conv2d(x, w, groups = 1.5)));
    assert_eq!(
        text,
        "`groups` of `conv2d` is a whole number known at compile time, at least 1, found 1.5\nat 5"
    );
    let text = problem([f32(shape![1, 2, 5, 5])], |b, [x]| try_op!(b, conv2d(x, ..)));
    assert_eq!(text, "`weight` of `conv2d` is a tensor, found a range\nat 1");
}
