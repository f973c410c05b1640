//! Subtraction: `x - y`, operands broadcast. d/dx = 1, d/dy = -1.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{arg, sub};

/// `x - y`.
pub const METHODS: &[Method] = &[Method {
    name: "sub",
    params: &[tensor("x"), tensor("y")],
    build: One(|call| call.map(2, &sub(arg(0), arg(1)))),
}];
