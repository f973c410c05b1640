//! Length of a vector: `sqrt(x² + y²)`, operands broadcast, without overflow. d/dx = x/out, NaN at the origin, as in
//! PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Binary, arg, binary};

/// `sqrt(x² + y²)`.
pub const METHODS: &[Method] = &[Method {
    name: "hypot",
    params: &[tensor("x"), tensor("y")],
    build: One(|call| call.map(2, &binary(Binary::Hypot, arg(0), arg(1)))),
}];
