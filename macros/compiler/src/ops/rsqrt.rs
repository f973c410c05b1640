//! Inverse square root: `1 / sqrt(x)`; infinite at 0, NaN below. d/dx = -1/(2 x sqrt(x)).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, constant, div, unary};

/// `1 / sqrt(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "rsqrt",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &div(constant(1.0), unary(Unary::Sqrt, arg(0))))),
}];
