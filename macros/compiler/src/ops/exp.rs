//! Exponential: `exp(x)`. d/dx = exp(x), from the output.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `exp(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "exp",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Exp, arg(0)))),
}];
