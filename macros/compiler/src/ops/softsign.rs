//! `x / (1 + |x|)`; NaN at the infinities, as in PyTorch. d/dx = 1/(1 + |x|)².

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, unary};

/// `x / (1 + |x|)`.
pub const METHODS: &[Method] = &[Method {
    name: "softsign",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &unary(Unary::Softsign, arg(0)))),
}];
