//! Linear interpolation.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for weight in [0.0, 0.25, 0.5, 1.0, -2.0, 3.0] {
        check_binary(-2.0, 2.0, |b, x, y| op!(b, lerp(x, y, weight)));
    }
    for (low, high) in [(-0.4, 0.4), (0.6, 2.0)] {
        let case = Case::new().input(shape![3, 5]).input(shape![5]).between(low, high, shape![3, 1]);
        case.check_twice(|b, x| op!(b, lerp(x[0], x[1], x[2])));
    }
}

#[test]
fn both_ends_are_exact() {
    let case = Case::new().values(shape![1], &[0.1]).values(shape![1], &[1e17]);
    for (weight, expected) in [(0.0, 0.1), (1.0, 1e17)] {
        assert_eq!(case.run(|b, x| op!(b, lerp(x[0], x[1], weight))).output.data, [expected]);
    }
}
