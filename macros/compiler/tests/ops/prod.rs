//! Products over axes.

use crate::sum::check_reduction;
use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    check_reduction(true, |b, x, axes, keepdim| match axes {
        Some(axes) => op!(b, prod(x, axes = axes, keepdim = keepdim)),
        None => op!(b, prod(x, keepdim = keepdim)),
    });
}

/// None, one and two zeros among the factors: also differentiated twice, since no rule divides by a factor.
#[test]
fn zeros_among_the_factors() {
    let values = [2.0, -3.0, 4.0, 2.0, 0.0, 4.0, 0.0, -3.0, 0.0, 0.0, 0.0, 0.0];
    let n = Size::symbol("N");
    for shape in [shape![4, 3], shape![n, 3]] {
        let case = Case::new().size("N", 4).values(shape, &values);
        case.check_twice(|b, x| op!(b, prod(x[0], 1)));
        let checked = case.run(|b, x| op!(b, prod(x[0], 1)));
        let seed = &checked.grad_output.data;
        assert_eq!(checked.output.data, [-24.0, 0.0, 0.0, 0.0]);
        let expected = [-12.0 * seed[0], 8.0 * seed[0], -6.0 * seed[0], 0.0, 8.0 * seed[1], 0.0];
        assert_eq!(grad(&checked, 0)[..6], expected);
        assert!(grad(&checked, 0)[6..].iter().all(|&grad| grad == 0.0));
    }
    // Over all axes, and over the first one.
    let case = Case::new().values(shape![2, 3], &values[..6]);
    case.check_twice(|b, x| op!(b, prod(x[0])));
    case.check_twice(|b, x| op!(b, prod(x[0], 0)));
}
