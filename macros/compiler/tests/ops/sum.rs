//! Sums over axes, and the arguments that all reductions share.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};

/// Checks a reduction over single, several, all, negative and no axes, of sizes 1, odd and known at run time.
pub(crate) fn check_reduction(
    twice: bool,
    build: impl Fn(&mut Builder, Value, Option<Vec<i64>>, bool) -> Value,
) {
    let n = Size::symbol("N");
    let cases: Vec<(Vec<Size>, Option<Vec<i64>>)> = vec![
        (shape![], None),
        (shape![], Some(vec![])),
        (shape![1], Some(vec![0])),
        (shape![5], None),
        (shape![3, 4, 5], None),
        (shape![3, 4, 5], Some(vec![1])),
        (shape![3, 4, 5], Some(vec![-1])),
        (shape![3, 4, 5], Some(vec![2, 0])),
        (shape![3, 4, 5], Some(vec![])),
        (shape![3, 1, 5], Some(vec![1, 2])),
        (shape![n, 3], None),
        (shape![n, 3], Some(vec![0])),
        (shape![n, 3], Some(vec![1])),
    ];
    for (shape, axes) in cases {
        for keepdim in [false, true] {
            let case = Case::new().size("N", 4).input(shape.clone());
            let checked = case.check(|b, x| build(b, x[0], axes.clone(), keepdim));
            let rank = shape.len();
            let reduced = axes.as_ref().map_or(rank, Vec::len);
            assert_eq!(checked.output.shape.len(), if keepdim { rank } else { rank - reduced });
            if twice {
                case.check_twice(|b, x| build(b, x[0], axes.clone(), keepdim));
            }
        }
    }
}

#[test]
pub(crate) fn gradient() {
    check_reduction(true, |b, x, axes, keepdim| match axes {
        Some(axes) => op!(b, sum(x, axes = axes, keepdim = keepdim)),
        None => op!(b, sum(x, keepdim = keepdim)),
    });
}

#[test]
fn values() {
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(case.run(|b, x| op!(b, sum(x[0]))).output.data, [21.0]);
    assert_eq!(case.run(|b, x| op!(b, sum(x[0], 0))).output.data, [5.0, 7.0, 9.0]);
    assert_eq!(case.run(|b, x| op!(b, sum(x[0], -1))).output.data, [6.0, 15.0]);
}

#[test]
fn problems() {
    let x = || [f32(shape![2, 3])];
    let text = problem(x(), |b, [x]| try_op!(b, sum(x, 2)));
    assert_eq!(
        text,
        "axis 2 is out of range for `sum`: the tensor has 2 axes\n\
         note: the tensor is [2, 3]\n\
         help: use 0 to 1, or -2 to -1\n\
         at 1"
    );
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, sum(x, -2)));
    assert_eq!(
        text,
        "axis -2 is out of range for `sum`: the tensor has 1 axis\n\
         note: the tensor is [3]\n\
         help: use 0 or -1\n\
         at 1"
    );
    let text = problem([f32(shape![])], |b, [x]| try_op!(b, sum(x, 0)));
    assert_eq!(
        text,
        "axis 0 is out of range for `sum`: the tensor has 0 axes\n\
         note: the tensor is []\n\
         help: leave `axes` out: a scalar has no axes\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, sum(x, [0, -2])));
    assert_eq!(
        text,
        "axis -2 appears twice in `axes` of `sum`\n\
         help: -2 and 0 are the same of 2 axes; name it once\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, sum(x, 0.5)));
    assert_eq!(text, "`axes` of `sum` is an axis or a list of axes, found 0.5\nat 1");
    let text = problem(x(), |b, [x]| try_op!(b, sum(x, 0, 1)));
    assert_eq!(text, "`keepdim` of `sum` is `true` or `false`, found 1\nat 2");
    let text = problem([u8(shape![2])], |b, [x]| try_op!(b, sum(x)));
    assert_eq!(
        text,
        "`sum` takes an `f32` tensor as `x`, found `u8` of shape [2]\n\
         help: turn whole numbers into reals with `as f32`\n\
         at 0"
    );
}
