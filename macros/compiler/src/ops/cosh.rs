//! Hyperbolic cosine. d/dx = sinh(x).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `cosh(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "cosh",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Cosh, arg(0)))),
}];
