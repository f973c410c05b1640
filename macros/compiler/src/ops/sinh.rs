//! Hyperbolic sine. d/dx = cosh(x).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `sinh(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "sinh",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Sinh, arg(0)))),
}];
