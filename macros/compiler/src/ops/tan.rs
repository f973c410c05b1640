//! Tangent of an angle in radians, in `f32` accurate to |x| = 6.5e6. d/dx = 1 + y², from the output.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `tan(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "tan",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Tan, arg(0)))),
}];
