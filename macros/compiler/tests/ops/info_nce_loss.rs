//! Queries that find their keys.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for shape in [shape![4, 3], shape![1, 3], shape![n, 2]] {
        let case = Case::new().size("N", 3).input(shape.clone()).input(shape);
        for reduction in ["none", "sum", "mean"] {
            case.check_twice(|b, x| {
                op!(b, info_nce_loss(x[0], x[1], temperature = 0.5, reduction = reduction))
            });
        }
    }
}

#[test]
fn equal_keys_cost_the_logarithm_of_their_number() {
    let case =
        Case::new().input(shape![4, 2]).values(shape![4, 2], &[3.0, 4.0, 3.0, 4.0, 3.0, 4.0, 3.0, 4.0]);
    let checked = case.check(|b, x| op!(b, info_nce_loss(x[0], x[1])));
    assert!((checked.output.data[0] - 4.0f64.ln()).abs() < 1e-12);
}

#[test]
fn problems() {
    let text = problem([f32(shape![4, 3]), f32(shape![4, 2])], |b, [x, y]| try_op!(b, info_nce_loss(x, y)));
    assert!(text.starts_with("`keys` of `info_nce_loss` has the shape [4, 3], found [4, 2]"), "{text}");
    let text = problem([f32(shape![4])], |b, [x]| try_op!(b, info_nce_loss(x, x)));
    assert!(text.starts_with("`info_nce_loss` takes [N, features], found [4]"), "{text}");
    let text = problem([f32(shape![4, 2])], |b, [x]| try_op!(b, info_nce_loss(x, x, temperature = 0.0)));
    assert!(text.starts_with("`temperature` of `info_nce_loss` is more than 0, found 0"), "{text}");
}
