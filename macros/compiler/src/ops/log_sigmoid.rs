//! Logarithm of the logistic function: `-ln(1 + exp(-x))`, without overflow; PyTorch's `logsigmoid`. d/dx = sigmoid(-x).

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Unary, arg, neg, unary};

/// `-softplus(-x)`.
pub const METHODS: &[Method] = &[Method {
    name: "log_sigmoid",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &neg(unary(Unary::Softplus, neg(arg(0)))))),
}];
