//! Reciprocal: `1 / x`; PyTorch's `reciprocal`. d/dx = -1/x².

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{arg, constant, div};

/// `1 / x`.
pub const METHODS: &[Method] = &[Method {
    name: "recip",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &div(constant(1.0), arg(0)))),
}];
