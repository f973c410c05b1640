//! The largest whole number that is not larger. The gradient is 0, as in PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `floor(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "floor",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Floor, arg(0)))),
}];
