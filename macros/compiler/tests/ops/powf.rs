//! Power with a constant exponent.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for exponent in [1.0, 2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 1.7, -2.3, 12.0] {
        check_unary(0.4, 1.8, |b, x| op!(b, powf(x, exponent)));
    }
    // Whole exponents take negative bases.
    for exponent in [2.0, 3.0, -1.0, 9.0] {
        check_unary(-1.8, -0.4, |b, x| op!(b, powf(x, exponent)));
    }
}

/// Even of NaN, as in PyTorch; no gradient reaches the operand.
#[test]
fn exponent_zero_gives_one() {
    let checked = Case::new().values(shape![2], &[0.0, f64::NAN]).run(|b, x| op!(b, powf(x[0], 0.0)));
    assert_eq!(checked.output.data, [1.0, 1.0]);
    assert!(checked.grads[0].as_ref().is_none_or(|grad| grad.data == [0.0, 0.0]));
}

#[test]
fn small_exponents_are_products_and_roots() {
    for (exponent, text) in [
        (2.0, "powi($0, 2)"),
        (-3.0, "powi($0, -3)"),
        (0.5, "sqrt($0)"),
        (9.0, "pow($0, 9)"),
        (1.5, "pow($0, 1.5)"),
    ] {
        let graph = Case::new().input(shape![3]).graph(|b, x| op!(b, powf(x[0], exponent)));
        assert!(graph.to_string().contains(text), "{graph}");
    }
}

#[test]
fn the_exponent_is_a_number() {
    let text = problem([f32(shape![2]), f32(shape![2])], |b, [x, y]| try_op!(b, powf(x, y)));
    assert_eq!(text, "`exponent` of `powf` is a number, found a tensor of `f32` of shape [2]\nat 1");
}
