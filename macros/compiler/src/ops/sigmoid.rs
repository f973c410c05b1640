//! Logistic function: `1 / (1 + exp(-x))`. d/dx = y (1 - y), from the output.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `1 / (1 + exp(-x))`.
pub const METHODS: &[Method] = &[Method {
    name: "sigmoid",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Sigmoid, arg(0)))),
}];
