//! Division: `x / y`, operands broadcast. d/dx = 1/y, d/dy = -x/y².

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{arg, div};

/// `x / y`.
pub const METHODS: &[Method] = &[Method {
    name: "div",
    params: &[tensor("x"), tensor("y")],
    build: One(|call| call.map(2, &div(arg(0), arg(1)))),
}];
