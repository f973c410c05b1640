//! Natural logarithm: `ln(x)`; -inf at 0, NaN below. d/dx = 1/x.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `ln(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "ln",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Ln, arg(0)))),
}];
