//! Binary cross-entropy of scores: with `p = sigmoid(x)`, `-weight (pos_weight t ln p + (1 - t) ln(1 - p))`, PyTorch's
//! `binary_cross_entropy_with_logits`.
//!
//! Computed as `(1 - t) x + (1 + (pos_weight - 1) t) softplus(-x)`, which neither overflows nor cancels. d/dx =
//! `weight (p - t)` without `pos_weight`.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::{combine, reduction, same_shapes, scale};
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Scalar, Unary, add, arg, constant, mul, neg, sub, unary};

/// `scores.bce_with_logits_loss(target, weight, reduction = "mean", pos_weight)`.
pub const METHODS: &[Method] = &[Method {
    name: "bce_with_logits_loss",
    params: &[
        tensor("scores"),
        required("target"),
        optional("weight"),
        optional("reduction"),
        optional("pos_weight"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let mut operands = same_shapes(call, 2)?;
    let shape = call.shape(0)?;
    let reduction = reduction(call, 3)?;
    let pos_weight = scale(call, 4, &shape)?.map(|value| {
        operands.push(value);
        arg(operands.len() - 1)
    });
    let mut expression = expression(arg(0), arg(1), pos_weight);
    if let Some(weight) = scale(call, 2, &shape)? {
        operands.push(weight);
        expression = mul(expression, arg(operands.len() - 1));
    }
    let losses = call.builder.map(&expression, &operands);
    Ok(combine(call.builder, losses, reduction))
}

/// The loss of one score.
pub(super) fn expression(score: Scalar, target: Scalar, pos_weight: Option<Scalar>) -> Scalar {
    let miss = mul(sub(constant(1.0), target.clone()), score.clone());
    let log = unary(Unary::Softplus, neg(score));
    let Some(pos_weight) = pos_weight else { return add(miss, log) };
    let factor = add(constant(1.0), mul(sub(pos_weight, constant(1.0)), target));
    add(miss, mul(factor, log))
}
