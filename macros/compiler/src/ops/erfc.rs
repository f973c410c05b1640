//! Complement of the error function: `1 - erf(x)`, accurate also where `erf` is near 1. d/dx = -2/sqrt(π) exp(-x²).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `1 - erf(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "erfc",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Erfc, arg(0)))),
}];
