//! `exp(x) - 1`, accurate also near 0; PyTorch's `expm1`. d/dx = exp(x).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `exp(x) - 1`.
pub const METHODS: &[Method] = &[Method {
    name: "exp_m1",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::ExpM1, arg(0)))),
}];
