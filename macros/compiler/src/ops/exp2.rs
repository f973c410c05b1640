//! Power of two: `2^x`. d/dx = ln 2 · 2^x, from the output.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `2^x`.
pub const METHODS: &[Method] = &[Method {
    name: "exp2",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Exp2, arg(0)))),
}];
