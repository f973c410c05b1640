//! Running products, whose gradients are linear recurrences.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};
use macrograd_compiler::ops::cumprod::CumProd;
use macrograd_compiler::ops::linear_scan::LinearScan;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for (shape, axis) in [
        (shape![1], 0),
        (shape![5], 0),
        (shape![3, 4], 0),
        (shape![3, 4], -1),
        (shape![2, 3, 2], 1),
        (shape![n, 3], 0),
        (shape![2, n], 1),
    ] {
        let case = Case::new().size("N", 4).input(shape);
        case.check_twice(|b, x| op!(b, cumprod(x[0], axis)));
    }
    // A run-time size of 1.
    Case::new().size("N", 1).input(shape![n, 3]).check_twice(|b, x| op!(b, cumprod(x[0], 0)));
}

#[test]
fn zeros_among_the_factors() {
    let values = [2.0, -3.0, 4.0, 0.5, 2.0, 0.0, 4.0, 0.5, 0.0, -3.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0];
    let case = Case::new().values(shape![4, 4], &values);
    case.check_twice(|b, x| op!(b, cumprod(x[0], 1)));
    case.check_twice(|b, x| op!(b, cumprod(x[0], 0)));
    let checked = case.run(|b, x| op!(b, cumprod(x[0], 1)));
    assert_eq!(checked.output.data[..8], [2.0, -6.0, -24.0, -12.0, 2.0, 0.0, 0.0, 0.0]);
}

/// All nodes of the family, twice.
#[test]
fn every_direction() {
    for reverse in [false, true] {
        for flag in [false, true] {
            let case = Case::new().values(shape![2, 3], &[2.0, 0.0, -1.5, 0.0, 0.0, 3.0]);
            case.check_twice(|b: &mut Builder, x: &[Value]| {
                b.add(CumProd { axis: 1, reverse, exclusive: flag }, &[x[0]])
            });
            let case = Case::new().input(shape![2, 3, 2]).input(shape![2, 3, 2]);
            case.check_twice(|b: &mut Builder, x: &[Value]| {
                b.add(LinearScan { axis: 1, reverse, lagging: flag }, x)
            });
            let case = Case::new().input(shape![1]).input(shape![1]);
            case.check_twice(|b: &mut Builder, x: &[Value]| {
                b.add(LinearScan { axis: 0, reverse, lagging: flag }, x)
            });
        }
    }
}
