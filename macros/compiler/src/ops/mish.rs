//! Mish: `x tanh(softplus(x))`. d/dx = t + x (1 - t²) sigmoid(x).
//!
//! Source: Misra, "Mish: A Self Regularized Non-Monotonic Neural Activation Function", 2019.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, mul, unary};

/// `x tanh(softplus(x))`.
pub const METHODS: &[Method] = &[Method {
    name: "mish",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &mul(arg(0), unary(Unary::Tanh, unary(Unary::Softplus, arg(0)))))),
}];
