//! Padding.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().input(shape![2, 3, 4]);
    for mode in ["constant", "reflect", "replicate", "circular"] {
        let checked = case.check(|b, x| op!(b, pad(x[0], [2, 3, 1, 0], mode = mode)));
        assert_eq!(checked.output.shape, [2, 4, 9]);
        // Negative numbers cut off.
        let checked = case.check(|b, x| op!(b, pad(x[0], [-1, 2, 1, -1], mode = mode)));
        assert_eq!(checked.output.shape, [2, 3, 5]);
        case.check_twice(|b, x| {
            let padded = op!(b, pad(x[0], [1, -2], mode = mode));
            op!(b, mul(padded, padded))
        });
    }
    let checked = case.check(|b, x| op!(b, pad(x[0], [1, 0, 0, 2, 1, 1], value = 0.5)));
    assert_eq!(checked.output.shape, [4, 5, 5]);
    let one = Case::new().input(shape![1]);
    assert_eq!(one.check(|b, x| op!(b, pad(x[0], [3, 0], mode = "replicate"))).output.shape, [4]);
    // Padding that does nothing.
    assert_eq!(one.check(|b, x| op!(b, pad(x[0], [0, 0], mode = "reflect"))).output.shape, [1]);
    let n = Size::symbol("N");
    let case = Case::new().size("N", 3).input(shape![n, 4]);
    for mode in ["constant", "reflect", "circular"] {
        let checked = case.check(|b, x| op!(b, pad(x[0], [1, 1, 2, 0], mode = mode)));
        assert_eq!(checked.output.shape, [5, 6]);
    }
}

/// The values of PyTorch 2.15.
#[test]
fn values() {
    let case = Case::new().values(shape![1, 1, 4], &[1.0, 2.0, 3.0, 4.0]);
    for (mode, pads, expected) in [
        ("constant", [1, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0][..]),
        ("reflect", [3, 1], &[4.0, 3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0]),
        ("replicate", [1, 2], &[1.0, 1.0, 2.0, 3.0, 4.0, 4.0, 4.0]),
        ("circular", [1, 2], &[4.0, 1.0, 2.0, 3.0, 4.0, 1.0, 2.0]),
        ("constant", [-1, 2], &[2.0, 3.0, 4.0, 0.0, 0.0]),
        ("reflect", [-1, 2], &[2.0, 3.0, 4.0, 3.0, 2.0]),
        ("replicate", [2, -1], &[1.0, 1.0, 1.0, 2.0, 3.0]),
        ("circular", [-1, 2], &[2.0, 3.0, 4.0, 2.0, 3.0]),
    ] {
        let checked = case.run(|b, x| op!(b, pad(x[0], pads, mode = mode)));
        assert_eq!(checked.output.data, expected, "{mode} {pads:?}");
    }
    let checked = case.run(|b, x| op!(b, pad(x[0], [1, 0, 1, 0], value = f64::NEG_INFINITY)));
    assert_eq!(checked.output.data[..6], [f64::NEG_INFINITY; 6]);
    assert_eq!(checked.output.data[6..], [1.0, 2.0, 3.0, 4.0]);
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0), &dy[6..]);
}

#[test]
fn problems() {
    let x = || [f32(shape![1, 2, 4])];
    let text = problem(x(), |b, [x]| try_op!(b, pad(x, [1, 2, 3])));
    assert_eq!(
        text,
        "`padding` of `pad` is a list of whole numbers known at compile time, two for each axis from the last one on, \
         found [1, 2, 3]\n\
         help: write `[left, right]`, or `[left, right, top, bottom]`\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, pad(x, [1, 1, 1, 1, 1, 1, 1, 1])));
    assert_eq!(
        text,
        "`padding` of `pad` has 8 numbers, two for each of 4 axes, but the tensor has 3\n\
         note: the tensor is [1, 2, 4]\n\
         help: give at most 6 numbers\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, pad(x, [1, 1], mode = "mirror")));
    assert!(text.starts_with(
        "`mode` of `pad` is one of \"constant\", \"reflect\", \"replicate\", \"circular\", found \"mirror\""
    ));
    let text = problem(x(), |b, [x]| try_op!(b, pad(x, [4, 1], mode = "reflect")));
    assert_eq!(
        text,
        "padding 4 reflects more of axis 2 than its 4 places allow\n\
         note: the tensor is [1, 2, 4]\n\
         help: use a padding of at most 3, or the mode \"replicate\"\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, pad(x, [4, -1], mode = "circular")));
    assert_eq!(
        text,
        "padding 4 wraps more of axis 2 than its 4 places allow\n\
         note: the tensor is [1, 2, 4]\n\
         help: use a padding of at most 3, or the mode \"replicate\"\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, pad(x, [-2, -2])));
    assert_eq!(
        text,
        "padding [-2, -2] leaves nothing of axis 2, which has size 4\n\
         note: the tensor is [1, 2, 4]\n\
         help: cut off at most 3 places in all\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, pad(x, [1, 1], mode = "reflect", value = 1.0)));
    assert_eq!(
        text,
        "`value` fills a constant edge, but `mode` is \"reflect\"\n\
         help: leave `value` out, or write `mode = \"constant\"`\n\
         at 3"
    );
}
