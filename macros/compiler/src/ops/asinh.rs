//! Inverse hyperbolic sine. d/dx = 1/sqrt(x² + 1).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `asinh(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "asinh",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Asinh, arg(0)))),
}];
