//! Likelihood under a normal distribution.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for (shape, var) in [
        (shape![], shape![]),
        (shape![3, 4], shape![3, 4]),
        (shape![3, 4], shape![3, 1]),
        (shape![3, 4], shape![3]),
        (shape![n, 2], shape![n]),
    ] {
        let case = Case::new().size("N", 3).input(shape.clone()).input(shape).between(0.5, 2.0, var);
        for reduction in ["none", "sum", "mean"] {
            case.check(|b, x| op!(b, gaussian_nll_loss(x[0], x[1], x[2], reduction = reduction)));
            case.check_twice(|b, x| {
                op!(b, gaussian_nll_loss(x[0], x[1], x[2], full = true, reduction = reduction))
            });
        }
    }
    Case::new().input(shape![3]).check(|b, x| op!(b, gaussian_nll_loss(x[0], 0.5, 2.0)));
}

/// A variance that is too small counts as `eps`, and its gradient is that of `eps`, as in PyTorch.
#[test]
fn small_variances_are_raised() {
    let run = |var: f64| {
        let case = Case::new().values(shape![1], &[1.0]).values(shape![1], &[var]);
        let checked = case.run(|b, x| op!(b, gaussian_nll_loss(x[0], 0.0, x[1], eps = 0.25)));
        (checked.output.data[0], grad(&checked, 1)[0])
    };
    assert_eq!(run(0.0), run(0.25));
    assert_eq!(run(-3.0), run(0.25));
    assert!(run(0.25).1 != 0.0);
}

#[test]
fn problems() {
    check_pair_problems("gaussian_nll_loss", ["x", "target"], |b, x, y, r| {
        try_op!(b, gaussian_nll_loss(x, y, 1.0, reduction = r))
    });
    let text =
        problem([f32(shape![4, 3]), f32(shape![3])], |b, [x, v]| try_op!(b, gaussian_nll_loss(x, x, v)));
    assert!(text.starts_with("`var` of `gaussian_nll_loss` has the shape [4, 3], found [3]"), "{text}");
    let text = problem([f32(shape![4])], |b, [x]| try_op!(b, gaussian_nll_loss(x, x, x, eps = 0.0)));
    assert!(text.starts_with("`eps` of `gaussian_nll_loss` is more than 0, found 0"), "{text}");
}
