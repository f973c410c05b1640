//! Randomised rectifier.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for shape in [shape![], shape![1], shape![3, 5]] {
        let case = Case::new().input(shape);
        case.check_twice(|b, x| {
            let y = op!(b, rrelu(x[0]));
            op!(b, mul(y, y))
        });
        case.check_twice(|b, x| op!(b, rrelu(x[0], lower = 0.25, upper = 0.25)));
    }
}

#[test]
fn slopes_are_those_of_the_forward_pass_and_between_the_bounds() {
    let checked = Case::new().between(-2.0, 2.0, shape![1000]).run(|b, x| op!(b, rrelu(x[0], 0.1, 0.3)));
    let mut slopes = Vec::new();
    for ((&y, &dx), &dy) in checked.output.data.iter().zip(grad(&checked, 0)).zip(&checked.grad_output.data) {
        let slope = dx / dy;
        if y > 0.0 {
            assert!((slope - 1.0).abs() < 1e-12);
        } else {
            assert!((0.1..0.3).contains(&slope), "slope {slope}");
            slopes.push(slope);
        }
    }
    let mean = slopes.iter().sum::<f64>() / slopes.len() as f64;
    // Five standard deviations of the mean of some 500 uniform numbers.
    assert!(
        (mean - 0.2).abs() < 5.0 * 0.2 / 12f64.sqrt() / (slopes.len() as f64).sqrt(),
        "mean slope {mean}"
    );
}

#[test]
fn slopes_are_in_order() {
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, rrelu(x, lower = 0.5))),
        "the slopes of `rrelu` go from `lower` up to `upper`, found 0.5 and 0.3333333333333333\n\
         help: write two numbers, the smaller first, for instance `rrelu(0.125, 0.333)`\n\
         at 1"
    );
}
