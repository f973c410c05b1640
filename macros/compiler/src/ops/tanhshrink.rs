//! `x - tanh(x)`. d/dx = tanh²(x).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, sub, unary};

/// `x - tanh(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "tanhshrink",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &sub(arg(0), unary(Unary::Tanh, arg(0))))),
}];
