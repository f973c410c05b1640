//! Inverse hyperbolic tangent; infinite at ±1, NaN beyond. d/dx = 1/(1 - x²).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `atanh(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "atanh",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Atanh, arg(0)))),
}];
