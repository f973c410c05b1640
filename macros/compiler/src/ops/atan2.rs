//! Angle of the vector `(x, y)`, from -π to π; operands broadcast. `y.atan2(x)`, as in Rust and PyTorch.
//!
//! d/dy = x/(x² + y²), d/dx = -y/(x² + y²), both 0 at the origin, as in PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Binary, arg, binary};

/// `atan2(y, x)`.
pub const METHODS: &[Method] = &[Method {
    name: "atan2",
    params: &[tensor("y"), tensor("x")],
    build: One(|call| call.map(2, &binary(Binary::Atan2, arg(0), arg(1)))),
}];
