//! `ln(1 + x)`, accurate also near 0; -inf at -1, NaN below. PyTorch's `log1p`. d/dx = 1/(1 + x).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `ln(1 + x)`.
pub const METHODS: &[Method] = &[Method {
    name: "ln_1p",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Ln1p, arg(0)))),
}];
