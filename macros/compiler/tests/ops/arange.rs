//! Evenly spaced numbers.

use crate::support::*;
use macrograd_compiler::graph::{Builder, ElementType, Size, Value};

fn numbers(build: impl Fn(&mut Builder) -> Value) -> Vec<f64> {
    Case::new().size("N", 3).input(shape![]).run(|b, _| build(b)).output.data
}

#[test]
pub(crate) fn spaced() {
    let n = Size::symbol("N");
    assert_eq!(numbers(|b| op!(b, arange(4))), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(numbers(|b| op!(b, arange(2, 7, 2))), [2.0, 4.0, 6.0]);
    assert_eq!(numbers(|b| op!(b, arange(5, 0, step = -2))), [5.0, 3.0, 1.0]);
    assert_eq!(numbers(|b| op!(b, arange(n))), [0.0, 1.0, 2.0]);
    assert_eq!(numbers(|b| op!(b, arange(1, n.mul(&2.into()), 2))), [1.0, 3.0, 5.0]);
    assert_eq!(numbers(|b| op!(b, arange(-1.0, 1, 0.5))), [-1.0, -0.5, 0.0, 0.5]);
    assert_eq!(numbers(|b| op!(b, arange(2.5))), [0.0, 1.0, 2.0]);
    let mut b = builder();
    let whole = op!(&mut b, arange(4));
    assert_eq!(b.ty(whole).element, ElementType::U32);
    let real = op!(&mut b, arange(4.0));
    assert_eq!(b.ty(real).element, ElementType::Real);
}

#[test]
pub(crate) fn between() {
    let n = Size::symbol("N");
    assert_eq!(numbers(|b| op!(b, linspace(0, 1, 5))), [0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(numbers(|b| op!(b, linspace(1.0, -1.0, 3))), [1.0, 0.0, -1.0]);
    assert_eq!(numbers(|b| op!(b, linspace(2.0, 3.0, 1))), [2.0]);
    assert_eq!(numbers(|b| op!(b, linspace(0.0, 1.0, n))), [0.0, 0.5, 1.0]);
}

#[test]
fn beside_a_value_with_a_gradient() {
    let n = Size::symbol("N");
    Case::new().size("N", 3).input(shape![n]).check(|b, x| {
        let places = op!(b, arange(n));
        let places = op!(b, to_f32(places));
        op!(b, mul(x[0], places))
    });
}

#[test]
fn problems() {
    let text = problem([], |b, []| try_op!(b, arange(3, 1)));
    assert_eq!(
        text,
        "`arange` from 3 to before 1 by 1 has no numbers\n\
         help: choose a `step` that leads from `start` towards `end`\n\
         at 1"
    );
    for step in [0.0, -1.0] {
        let text = problem([], |b, []| try_op!(b, arange(0.0, 3.0, step)));
        assert!(text.contains("has no numbers"), "{text}");
    }
    let text = problem([], |b, []| try_op!(b, arange(0, 3, 0)));
    assert!(text.contains("by 0 has no numbers"), "{text}");
    let text = problem([], |b, []| try_op!(b, arange(-3, 3)));
    assert_eq!(
        text,
        "`arange` of whole numbers gives `u32`, but -3 to 3 has negative ones\n\
         help: write reals, such as `arange(-3.0, 3.0)`, for `f32`\n\
         at 0"
    );
    let text = problem([], |b, []| try_op!(b, linspace(0, 1, 0)));
    assert_eq!(text, "`steps` of `linspace` is a size, at least 1, found 0\nat 2");
    let text = problem([], |b, []| try_op!(b, arange(true)));
    assert_eq!(text, "`start` of `arange` is a whole number known at compile time, found true\nat 0");
}
