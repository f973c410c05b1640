//! Absolute error: `|x - target|`, PyTorch's `l1_loss`. d/dx is the sign, 0 where both are equal.

use super::call::{Build::One, Method};
use super::loss::elementwise;
use super::{optional, required, tensor};
use crate::graph::scalar::{Unary, arg, sub, unary};

/// `x.l1_loss(target, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "l1_loss",
    params: &[tensor("x"), required("target"), optional("reduction")],
    build: One(|call| elementwise(call, 2, &unary(Unary::Abs, sub(arg(0), arg(1))), 2)),
}];
