//! Remainder of a division rounded down: `x - floor(x / y) y`, with the sign of `y`; operands broadcast.
//!
//! d/dx = 1, d/dy = -floor(x / y). In `f32` exact for |x / y| < 2²³ but for the last rounding.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Binary, Scalar, add, arg, binary, constant, less, mul, not_equal, select};

/// `x - floor(x / y) y`.
pub const METHODS: &[Method] = &[Method {
    name: "remainder",
    params: &[tensor("x"), tensor("y")],
    build: One(|call| call.map(2, &expression(arg(0), arg(1)))),
}];

fn expression(x: Scalar, y: Scalar) -> Scalar {
    let truncated = binary(Binary::Fmod, x, y.clone());
    let zero = || constant(0.0);
    let signs_differ = not_equal(less(y.clone(), zero()), less(truncated.clone(), zero()));
    let condition = mul(not_equal(truncated.clone(), zero()), signs_differ);
    select(condition, add(truncated.clone(), y), truncated)
}
