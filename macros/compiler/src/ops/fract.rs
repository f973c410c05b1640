//! What is behind the decimal point: `x - trunc(x)`, with the sign of `x`; PyTorch's `frac`. d/dx = 1.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, sub, unary};

/// `x - trunc(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "fract",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &sub(arg(0), unary(Unary::Trunc, arg(0))))),
}];
