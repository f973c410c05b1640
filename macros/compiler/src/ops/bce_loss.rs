//! Binary cross-entropy of probabilities: `-weight (t ln x + (1 - t) ln(1 - x))`, PyTorch's `binary_cross_entropy`.
//!
//! Logarithms are clamped to at least -100, so that a probability of 0 or 1 costs a finite number. d/dx =
//! `weight ((1 - t) / (1 - x) - t / x)`, where a clamped logarithm has the derivative 1e12, as in PyTorch, which divides by
//! 1e-12 there: what is certain and wrong is still corrected. Where the probabilities come from a sigmoid,
//! `bce_with_logits_loss` is exact instead.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::{combine, reduction, same_shapes, scale};
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Scalar, Unary, add, arg, binary, constant, mul, neg, select, sub, unary};

/// `probs.bce_loss(target, weight, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "bce_loss",
    params: &[tensor("probs"), required("target"), optional("weight"), optional("reduction")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let mut operands = same_shapes(call, 2)?;
    let shape = call.shape(0)?;
    let reduction = reduction(call, 3)?;
    let mut expression = expression(arg(0), arg(1));
    if let Some(weight) = scale(call, 2, &shape)? {
        operands.push(weight);
        expression = mul(expression, arg(2));
    }
    let losses = call.builder.map(&expression, &operands);
    Ok(combine(call.builder, losses, reduction))
}

/// Below this the logarithm is less than -100.
const LEAST: f64 = 3.720_075_976_020_836e-44;

/// `max(ln x, -100)`. The slope of the clamped part is too small to change -100, but it is the gradient.
fn clamped_ln(x: Scalar) -> Scalar {
    let is_clamped = binary(Binary::Less, unary(Unary::Abs, x.clone()), constant(LEAST));
    let clamped = add(mul(x.clone(), constant(1e12)), constant(-100.0));
    select(is_clamped, clamped, unary(Unary::Ln, x))
}

fn expression(prob: Scalar, target: Scalar) -> Scalar {
    let other = |x| sub(constant(1.0), x);
    let hit = mul(target.clone(), clamped_ln(prob.clone()));
    let miss = mul(other(target), clamped_ln(other(prob)));
    neg(add(hit, miss))
}
