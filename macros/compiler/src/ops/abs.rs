//! Absolute value: `|x|`. d/dx = sign(x), 0 at 0, as in PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `|x|`.
pub const METHODS: &[Method] = &[Method {
    name: "abs",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Abs, arg(0)))),
}];
