//! Square root: `sqrt(x)`; NaN below 0. d/dx = 1/(2 sqrt(x)), infinite at 0, as in PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `sqrt(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "sqrt",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Sqrt, arg(0)))),
}];
