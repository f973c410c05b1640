//! Inverse hyperbolic cosine; NaN below 1. d/dx = 1/sqrt(x² - 1), infinite at 1.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `acosh(x)`.
pub const METHODS: &[Method] = &[Method {
    name: "acosh",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Acosh, arg(0)))),
}];
