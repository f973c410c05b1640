//! Multiplication: `x * y`, operands broadcast. d/dx = y, d/dy = x.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{arg, mul};

/// `x * y`.
pub const METHODS: &[Method] = &[Method {
    name: "mul",
    params: &[tensor("x"), tensor("y")],
    build: One(|call| call.map(2, &mul(arg(0), arg(1)))),
}];
