//! Logarithm to base 2, exact for powers of two; -inf at 0, NaN below. d/dx = 1/(x ln 2).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `log2(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "log2",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Log2, arg(0)))),
}];
