//! Gaussian error linear unit.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, gelu(x)));
    check_unary(-3.0, 3.0, |b, x| op!(b, gelu(x, approximate = "tanh")));
}

#[test]
fn known_values() {
    for (x, y) in [(0.0, 0.0), (1.0, 0.841_344_746_068_542_9)] {
        let checked = Case::new().values(shape![], &[x]).run(|b, x| op!(b, gelu(x[0])));
        assert!((checked.output.data[0] - y).abs() < 1e-12, "gelu({x}) = {}", checked.output.data[0]);
    }
}

#[test]
fn the_approximation_has_a_name() {
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, gelu(x, "tan"))),
        "`approximate` of `gelu` is one of \"none\", \"tanh\", found \"tan\"\n\
         help: did you mean `approximate = \"tanh\"`\n\
         at 1"
    );
}
