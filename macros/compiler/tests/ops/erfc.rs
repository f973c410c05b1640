//! Complement of the error function.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, erfc(x)));
}

#[test]
fn small_values_do_not_cancel() {
    let checked = Case::new().values(shape![2], &[5.0, 10.0]).run(|b, x| op!(b, erfc(x[0])));
    // `torch.erfc` of PyTorch 2.15 in f64.
    for (found, expected) in
        checked.output.data.iter().zip([1.537_459_794_428_035e-12, 2.088_487_583_762_545_3e-45])
    {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found:e}, PyTorch {expected:e}");
    }
}
