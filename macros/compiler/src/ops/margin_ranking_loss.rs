//! `x` ranks higher than `other` by a margin where the target is 1, lower where it is -1:
//! `max(0, margin - target (x - other))`, PyTorch's `margin_ranking_loss`.
//!
//! d/dx = `-target` up to the margin, else 0.

use super::call::{Build::One, Call, Method, Problem};
use super::hinge_embedding_loss::hinge;
use super::loss::elementwise;
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{arg, constant, mul, sub};

/// `x.margin_ranking_loss(other, target, margin = 0.0, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "margin_ranking_loss",
    params: &[tensor("x"), required("other"), required("target"), optional("margin"), optional("reduction")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let margin = call.float(3, Some(0.0))?;
    let ahead = mul(arg(2), sub(arg(0), arg(1)));
    elementwise(call, 3, &hinge(sub(constant(margin), ahead)), 4)
}
