//! Rectified linear unit: `max(x, 0)`; NaN stays NaN. d/dx = 1 above 0, else 0, from the output.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `max(x, 0)`.
pub const METHODS: &[Method] = &[Method {
    name: "relu",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Relu, arg(0)))),
}];
