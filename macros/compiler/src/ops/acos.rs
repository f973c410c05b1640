//! Inverse cosine, in radians; NaN beyond ±1. d/dx = -1/sqrt(1 - x²), infinite at ±1.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `acos(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "acos",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Acos, arg(0)))),
}];
