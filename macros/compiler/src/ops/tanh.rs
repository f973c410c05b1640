//! Hyperbolic tangent. d/dx = 1 - y², from the output.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `tanh(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "tanh",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Tanh, arg(0)))),
}];
