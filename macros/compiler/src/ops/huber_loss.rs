//! Squared error that grows linearly from `delta` on: with `e = x - target`, `e² / 2` where `|e| ≤ delta`, else
//! `delta (|e| - delta / 2)`. PyTorch's `huber_loss`.
//!
//! d/dx = `e` inside, `delta` times the sign outside. Source: Huber, "Robust Estimation of a Location Parameter", 1964.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::{elementwise, positive};
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Unary, arg, binary, constant, mul, select, sub, unary};

/// `x.huber_loss(target, reduction = "mean", delta = 1.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "huber_loss",
    params: &[tensor("x"), required("target"), optional("reduction"), optional("delta")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let delta = positive(call, 3, 1.0)?;
    let error = sub(arg(0), arg(1));
    let distance = unary(Unary::Abs, error.clone());
    let inside = binary(Binary::LessEqual, distance.clone(), constant(delta));
    let square = mul(mul(error.clone(), error), constant(0.5));
    let line = mul(sub(distance, constant(0.5 * delta)), constant(delta));
    elementwise(call, 2, &select(inside, square, line), 2)
}
