//! Logarithm to base 10: `ln(x) / ln(10)`; -inf at 0, NaN below. d/dx = 1/(x ln 10).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, constant, mul, unary};

/// `log10(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "log10",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &mul(unary(Unary::Ln, arg(0)), constant(std::f64::consts::LOG10_E)))),
}];
