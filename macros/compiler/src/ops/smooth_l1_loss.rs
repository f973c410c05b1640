//! Absolute error with a rounded tip: with `e = x - target`, `e² / (2 beta)` where `|e| < beta`, else `|e| - beta / 2`.
//! PyTorch's `smooth_l1_loss`; with a `beta` of 0 it is `l1_loss`.
//!
//! d/dx = `e / beta` inside, the sign outside. Source: Girshick, "Fast R-CNN", 2015, equation 3.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::{elementwise, not_negative};
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Unary, arg, binary, constant, mul, select, sub, unary};

/// `x.smooth_l1_loss(target, reduction = "mean", beta = 1.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "smooth_l1_loss",
    params: &[tensor("x"), required("target"), optional("reduction"), optional("beta")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let beta = not_negative(call, 3, 1.0)?;
    let error = sub(arg(0), arg(1));
    let distance = unary(Unary::Abs, error.clone());
    let inside = binary(Binary::Less, distance.clone(), constant(beta));
    let tip = if beta == 0.0 { constant(0.0) } else { mul(mul(error.clone(), error), constant(0.5 / beta)) };
    elementwise(call, 2, &select(inside, tip, sub(distance, constant(0.5 * beta))), 2)
}
