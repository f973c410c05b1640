//! Remainder of a division rounded towards 0: `x - trunc(x / y) y`, with the sign of `x`; operands broadcast.
//!
//! d/dx = 1, d/dy = -trunc(x / y). In `f32` exact for |x / y| < 2²³, 0 beyond.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Binary, arg, binary};

/// `x - trunc(x / y) y`.
pub const METHODS: &[Method] = &[Method {
    name: "fmod",
    params: &[tensor("x"), tensor("y")],
    build: One(|call| call.map(2, &binary(Binary::Fmod, arg(0), arg(1)))),
}];
