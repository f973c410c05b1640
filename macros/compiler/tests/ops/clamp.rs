//! Values between bounds.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().values(shape![7], &[-3.0, -1.1, -0.9, 0.0, 0.9, 1.1, 4.0]);
    case.check_twice(|b, x| op!(b, clamp(x[0], min = -1.0, max = 1.0)));
    case.check_twice(|b, x| op!(b, clamp(x[0], -1.0)));
    case.check_twice(|b, x| op!(b, clamp(x[0], max = 1)));
    let case = Case::new().input(shape![3, 5]).between(-1.0, -0.5, shape![5]).between(0.5, 1.0, shape![3, 1]);
    case.check_twice(|b, x| op!(b, clamp(x[0], x[1], x[2])));
    case.check_twice(|b, x| op!(b, clamp(x[0], min = x[1], max = 0.5)));
    case.check_twice(|b, x| op!(b, clamp(x[0], min = -0.5, max = x[2])));
    check_unary(-3.0, -2.0, |b, x| op!(b, clamp(x, min = -1.0)));
}

/// A bound that is a number takes the gradient, a tensor shares it, as in PyTorch.
#[test]
fn at_the_bounds() {
    let case = Case::new().values(shape![3], &[-1.0, 1.0, f64::NAN]).values(shape![], &[1.0]);
    let checked = case.run(|b, x| op!(b, clamp(x[0], -1.0, 1.0)));
    assert_eq!(grad(&checked, 0)[..2], [0.0, 0.0]);
    assert!(checked.output.data[2].is_nan());
    let checked = case.run(|b, x| op!(b, clamp(x[0], max = x[1])));
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0)[..2], [dy[0], dy[1] / 2.0]);
    assert_eq!(grad(&checked, 1), [dy[1] / 2.0]);
}

#[test]
fn crossed_bounds_give_the_upper_one() {
    let case = Case::new().values(shape![3], &[0.0, 1.5, 3.0]);
    let checked = case.run(|b, x| op!(b, clamp(x[0], min = 2.0, max = 1.0)));
    assert_eq!(checked.output.data, [1.0; 3]);
    assert_eq!(grad(&checked, 0), [0.0; 3]);
}

#[test]
fn problems() {
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, clamp(x))),
        "`clamp` needs `min`, `max` or both, found neither\n\
         help: write the bounds, for instance `clamp(min = 0.0)`"
    );
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, clamp(x, max = f64::NAN))),
        "`max` of `clamp` is a number, found NaN\n\
         help: leave a bound out that does not matter\n\
         at 2"
    );
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, clamp(x, true))),
        "`min` of `clamp` is a tensor, found true\nat 1"
    );
}
