//! Power of two tensors.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_binary(0.3, 2.5, |b, x, y| op!(b, pow(x, y)));
}

#[test]
fn negative_bases_and_whole_exponents() {
    let case = Case::new().values(shape![3], &[-2.0, -0.5, -1.5]);
    for exponent in [2.0, 3.0, -1.0] {
        case.check(|b, x| op!(b, pow(x[0], exponent)));
    }
}

/// The logarithm of 0 is infinite, and yet the gradient of the exponent is 0, as in PyTorch.
#[test]
fn bases_of_zero() {
    let case = Case::new().values(shape![3], &[0.0; 3]).values(shape![3], &[0.0, 2.0, 1.0]);
    let checked = case.run(|b, x| op!(b, pow(x[0], x[1])));
    assert_eq!(checked.output.data, [1.0, 0.0, 0.0]);
    assert_eq!(grad(&checked, 0), [0.0, 0.0, checked.grad_output.data[2]]);
    assert_eq!(grad(&checked, 1), [0.0; 3]);
}
