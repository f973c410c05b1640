//! Average pooling.

use crate::support::*;
use macrograd_compiler::graph::Size;
use macrograd_compiler::reference::Array;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().input(shape![2, 1, 5, 7]);
    let shape = |checked: Checked| [checked.output.shape[2], checked.output.shape[3]];
    assert_eq!(shape(case.check(|b, x| op!(b, avg_pool2d(x[0], 1)))), [5, 7]);
    assert_eq!(shape(case.check(|b, x| op!(b, avg_pool2d(x[0], 2)))), [2, 3]);
    assert_eq!(shape(case.check(|b, x| op!(b, avg_pool2d(x[0], [5, 7])))), [1, 1]);
    assert_eq!(shape(case.check(|b, x| op!(b, avg_pool2d(x[0], 2, stride = [3, 4])))), [2, 2]);
    for ceil_mode in [false, true] {
        for count_include_pad in [false, true] {
            let padded = |b: &mut macrograd_compiler::graph::Builder,
                          x: &[macrograd_compiler::graph::Value]| {
                let (ceil, count) = (ceil_mode, count_include_pad);
                op!(b, avg_pool2d(x[0], 3, 2, [1, 0], ceil_mode = ceil, count_include_pad = count))
            };
            case.check(padded);
            case.check_twice(|b, x| {
                let out = padded(b, x);
                op!(b, mul(out, out))
            });
        }
    }
    assert_eq!(shape(case.check(|b, x| op!(b, avg_pool2d(x[0], 2, ceil_mode = true)))), [3, 4]);
    Case::new().input(shape![1, 1, 1, 1]).check(|b, x| op!(b, avg_pool2d(x[0], 1)));
}

#[test]
fn run_time_sizes() {
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    for height in [4, 5] {
        let case = Case::new().size("N", 2).size("H", height).input(shape![n, 2, h, 5]);
        assert_eq!(case.check(|b, x| op!(b, avg_pool2d(x[0], 2))).output.shape, [2, 2, 2, 2]);
    }
}

#[test]
fn padding_counts_unless_excluded() {
    let case = Case::new().values(shape![1, 1, 2, 2], &[4.0; 4]);
    let checked = case.run(|b, x| op!(b, avg_pool2d(x[0], 2, 2, padding = 1)));
    assert_eq!(checked.output.data, [1.0; 4]);
    let checked = case.run(|b, x| op!(b, avg_pool2d(x[0], 2, 2, padding = 1, count_include_pad = false)));
    assert_eq!(checked.output.data, [4.0; 4]);
    // What ceil mode adds beyond the padding counts never.
    let case = Case::new().values(shape![1, 1, 1, 3], &[4.0; 3]);
    let checked = case.run(|b, x| op!(b, avg_pool2d(x[0], [1, 2], ceil_mode = true)));
    assert_eq!(checked.output.data, [4.0, 4.0]);
}

#[test]
fn problems() {
    let x = || [f32(shape![1, 2, 4, 5])];
    let text = problem(x(), |b, [x]| try_op!(b, avg_pool2d(x, 3, padding = [0, 2])));
    assert!(text.starts_with("padding 2 is more than half of the kernel size 3"));
    let text = problem(x(), |b, [x]| try_op!(b, avg_pool2d(x, 6)));
    assert!(text.starts_with(
        "the output of `avg_pool2d` would be empty: a 6x6 window does not fit into 4x5 with padding 0"
    ));
    let types = [f32(shape![1, 2, 4, Size::symbol("W")])];
    let text = problem(types, |b, [x]| try_op!(b, avg_pool2d(x, 2, ceil_mode = true)));
    assert!(text.starts_with(
        "`ceil_mode` of `avg_pool2d` needs image sizes known at compile time, found [1, 2, 4, W]"
    ));
    assert!(text.ends_with("at 4"));
}

#[test]
pub(crate) fn gradient_of_avg_pool1d() {
    let case = Case::new().input(shape![2, 2, 7]);
    assert_eq!(case.check(|b, x| op!(b, avg_pool1d(x[0], 2))).output.shape, [2, 2, 3]);
    let checked =
        case.check(|b, x| op!(b, avg_pool1d(x[0], 3, 2, 1, ceil_mode = true, count_include_pad = false)));
    assert_eq!(checked.output.shape, [2, 2, 4]);
}

#[test]
pub(crate) fn gradient_of_avg_pool3d() {
    let case = Case::new().input(shape![1, 2, 3, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, avg_pool3d(x[0], 2))).output.shape, [1, 2, 1, 2, 2]);
    for counts in [false, true] {
        let checked = case.check(|b, x| {
            op!(
                b,
                avg_pool3d(
                    x[0],
                    [2, 1, 3],
                    stride = [2, 2, 2],
                    padding = [1, 0, 1],
                    ceil_mode = true,
                    count_include_pad = counts
                )
            )
        });
        assert_eq!(checked.output.shape, [1, 2, 2, 2, 3]);
    }
    case.check_twice(|b, x| {
        let pooled = op!(b, avg_pool3d(x[0], 2, 1));
        op!(b, mul(pooled, pooled))
    });
}

/// The values of PyTorch 2.15.
#[test]
fn divisor_override() {
    let case = Case::new().values(shape![1, 1, 3, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let checked = case.check(|b, x| op!(b, avg_pool2d(x[0], 2, 1, divisor_override = 3)));
    let expected = Array { shape: vec![1, 1, 2, 2], data: vec![4.0, 16.0 / 3.0, 8.0, 28.0 / 3.0] };
    assert_close(&checked.output, &expected, 1e-15, "sums over 3");
    // Windows that stick out, counted or not, are sums over what there is.
    for counts in [false, true] {
        let checked = case.check(|b, x| {
            op!(b, avg_pool2d(x[0], 2, 2, 1, true, count_include_pad = counts, divisor_override = 2))
        });
        assert_eq!(checked.output.data, [0.5, 2.5, 5.5, 14.0]);
    }
    let text =
        problem([f32(shape![1, 1, 3, 3])], |b, [x]| try_op!(b, avg_pool2d(x, 2, divisor_override = 0)));
    assert_eq!(
        text,
        "`divisor_override` of `avg_pool2d` is a whole number known at compile time, at least 1, found 0\nat 6"
    );
}
