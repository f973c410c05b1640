//! Logistic loss of scores against ±1: `ln(1 + exp(-target x))`, PyTorch's `soft_margin_loss`, without overflow.
//! d/dx = `-target sigmoid(-target x)`.

use super::call::{Build::One, Method};
use super::loss::elementwise;
use super::{optional, required, tensor};
use crate::graph::scalar::{Unary, arg, mul, neg, unary};

/// `x.soft_margin_loss(target, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "soft_margin_loss",
    params: &[tensor("x"), required("target"), optional("reduction")],
    build: One(|call| elementwise(call, 2, &unary(Unary::Softplus, neg(mul(arg(1), arg(0)))), 2)),
}];
