//! The value without its gradient.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn stops_the_gradient() {
    let n = Size::symbol("N");
    for shape in [shape![], shape![3, 5], shape![n]] {
        let checked = Case::new().size("N", 2).input(shape).run(|b, x| {
            let fixed = op!(b, detach(x[0]));
            op!(b, mul(x[0], fixed))
        });
        // d(x · c)/dx = c, where c = x.
        for ((dx, dy), y) in grad(&checked, 0).iter().zip(&checked.grad_output.data).zip(&checked.output.data)
        {
            assert!((dx.abs() - (dy * y.sqrt()).abs()).abs() < 1e-12);
        }
    }
}

#[test]
fn no_gradient_at_all() {
    let checked = Case::new().input(shape![3]).run(|b, x| op!(b, detach(x[0])));
    assert!(checked.grads[0].is_none());
    assert!(!count_ops(&checked.graph).contains_key("detach"), "clean-up removes it");
}
