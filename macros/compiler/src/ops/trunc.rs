//! The whole part: rounding towards 0. The gradient is 0, as in PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `trunc(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "trunc",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Trunc, arg(0)))),
}];
