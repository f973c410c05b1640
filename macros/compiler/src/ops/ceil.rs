//! The smallest whole number that is not smaller. The gradient is 0, as in PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `ceil(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "ceil",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Ceil, arg(0)))),
}];
