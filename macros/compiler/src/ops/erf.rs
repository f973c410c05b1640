//! Error function: `2/sqrt(π) ∫ exp(-t²) dt` from 0 to x. d/dx = 2/sqrt(π) exp(-x²).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `erf(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "erf",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Erf, arg(0)))),
}];
