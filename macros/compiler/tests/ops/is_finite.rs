//! Kinds of numbers.

use crate::support::*;

use macrograd_compiler::graph::{Builder, Value};

fn truth(test: impl Fn(&mut Builder, Value) -> Value) -> Vec<f64> {
    let case = Case::new().values(shape![4], &[1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
    let checked = case.run(|b, x| {
        let condition = test(b, x[0]);
        op!(b, select(condition, 1.0, 0.0))
    });
    checked.output.data
}

#[test]
pub(crate) fn kinds() {
    assert_eq!(truth(|b, x| op!(b, is_finite(x))), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(truth(|b, x| op!(b, is_inf(x))), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(truth(|b, x| op!(b, is_nan(x))), [0.0, 0.0, 0.0, 1.0]);
}
