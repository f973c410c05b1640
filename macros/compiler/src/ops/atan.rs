//! Inverse tangent, in radians. d/dx = 1/(1 + x²).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `atan(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "atan",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Atan, arg(0)))),
}];
