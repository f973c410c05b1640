//! Sine of an angle in radians, in `f32` accurate to |x| = 6.5e6. d/dx = cos(x).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `sin(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "sin",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Sin, arg(0)))),
}];
