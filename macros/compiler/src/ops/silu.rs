//! Sigmoid linear unit, also called swish: `x sigmoid(x)`. d/dx = s + x s (1 - s).
//!
//! Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016; Elfwing et al., "Sigmoid-Weighted Linear Units for
//! Neural Network Function Approximation in Reinforcement Learning", 2017.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, mul, unary};

/// `x sigmoid(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "silu",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &mul(arg(0), unary(Unary::Sigmoid, arg(0))))),
}];
