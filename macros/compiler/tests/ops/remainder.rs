//! Remainder of a division rounded down.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = Case::new()
        .values(shape![5], &[5.0, -5.0, 5.0, -5.0, 1.0])
        .values(shape![5], &[3.0, 3.0, -3.0, -3.0, 8.0]);
    let checked = case.run(|b, x| op!(b, remainder(x[0], x[1])));
    assert_eq!(checked.output.data, [2.0, 1.0, -1.0, -2.0, 1.0]);
    case.check_twice(|b, x| op!(b, remainder(x[0], x[1])));
    case.check(|b, x| op!(b, remainder(x[0], 0.75)));
}
