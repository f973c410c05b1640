//! Norms.

use crate::support::*;
use macrograd_compiler::graph::Size;
use macrograd_compiler::ops::call::Argument;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    // Away from zero, where powers below 2 have a kink.
    for (low, high, shape) in [(0.5, 2.0, shape![3, 4]), (-2.0, -0.5, shape![n, 2]), (0.5, 2.0, shape![1, 1])]
    {
        let case = Case::new().size("N", 3).between(low, high, shape);
        for p in [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, -1.0] {
            case.check_twice(|b, x| op!(b, norm(x[0], p, 1)));
        }
        for p in [f64::INFINITY, f64::NEG_INFINITY] {
            case.check(|b, x| op!(b, norm(x[0], p, [0, 1], keepdim = true)));
        }
        case.check_twice(|b, x| op!(b, norm(x[0])));
    }
    Case::new().input(shape![]).check(|b, x| op!(b, norm(x[0], p = 3)));
}

#[test]
fn values() {
    let case = Case::new().values(shape![4], &[3.0, -4.0, 0.0, 0.0]);
    let norm = |p: Argument| case.run(|b, x| op!(b, norm(x[0], p))).output.data[0];
    assert_eq!(norm(2.to_argument()), 5.0);
    assert_eq!(norm(1.to_argument()), 7.0);
    assert_eq!(norm(0.to_argument()), 2.0);
    assert_eq!(norm("inf".to_argument()), 4.0);
    assert_eq!(norm("-inf".to_argument()), 0.0);
    assert_eq!(norm((-1).to_argument()), 0.0);
    assert!((norm(3.to_argument()) - 91f64.cbrt()).abs() < 1e-12);
}

#[test]
fn the_gradient_at_zero_is_zero() {
    let inf = f64::INFINITY;
    for p in [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, -1.0, inf, -inf] {
        let checked = Case::new().values(shape![3], &[0.0; 3]).run(|b, x| op!(b, norm(x[0], p)));
        assert_eq!((checked.output.data[0], grad(&checked, 0)), (0.0, &[0.0; 3][..]), "p = {p}");
        let checked = Case::new().values(shape![2], &[0.0, 2.0]).run(|b, x| op!(b, norm(x[0], p)));
        assert_eq!(grad(&checked, 0)[0], 0.0, "p = {p}");
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, norm(x, "fro")));
    assert_eq!(text, "`p` of `norm` is one of \"inf\", \"-inf\", found \"fro\"\nat 1");
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, norm(x, 2, 1)));
    assert!(text.starts_with("axis 1 is out of range for `norm`"), "{text}");
}
