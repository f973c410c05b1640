//! Negative log-likelihood under a normal distribution of mean `x` and variance `var`: `(ln var + (x - target)² / var) / 2`,
//! PyTorch's `gaussian_nll_loss`; `full` adds `ln(2 π) / 2`.
//!
//! Variances below `eps` count as `eps`, but the gradient reaches them as if they were that: otherwise nothing could
//! make them grow again. `var` has the shape of `x`, or the last axis has size 1 or is left out: one variance for all.
//! Source: Nix and Weigend, "Estimating the mean and variance of the target probability distribution", 1994.

use super::call::{Argument, Build::One, Call, Method, Problem};
use super::detach::Detach;
use super::loss::{combine, other_shape, positive, reduction, same_shapes};
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, Unary, add, arg, binary, constant, div, mul, sub, unary};
use crate::graph::{Size, Value};

/// `x.gaussian_nll_loss(target, var, full = false, eps = 1e-6, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "gaussian_nll_loss",
    params: &[
        tensor("x"),
        required("target"),
        required("var"),
        optional("full"),
        optional("eps"),
        optional("reduction"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let operands = same_shapes(call, 2)?;
    let full = call.boolean(3, Some(false))?;
    let eps = positive(call, 4, 1e-6)?;
    let reduction = reduction(call, 5)?;
    let var = variance(call)?;
    let builder = &mut *call.builder;
    let raised = builder.map(&sub(binary(Binary::Maximum, arg(0), constant(eps)), arg(0)), &[var]);
    let raised = builder.add(Detach, &[raised]);
    let error = sub(arg(0), arg(1));
    let clamped = add(arg(2), arg(3));
    let sum = add(unary(Unary::Ln, clamped.clone()), div(mul(error.clone(), error), clamped));
    let rest = if full { 0.5 * std::f64::consts::TAU.ln() } else { 0.0 };
    let loss = add(mul(constant(0.5), sum), constant(rest));
    let losses = builder.map(&loss, &[operands[0], operands[1], var, raised]);
    Ok(combine(builder, losses, reduction))
}

/// The variances, to broadcast to the operands.
fn variance(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(2)?;
    if !matches!(call.given(2), Some(Argument::Tensor(_))) {
        return Ok(value);
    }
    let shape = call.shape(0)?;
    let found = call.shape(2)?;
    let mut one = shape.clone();
    let Some(last) = one.last_mut() else {
        return if found.is_empty() { Ok(value) } else { Err(other_shape(call, 2, &shape)) };
    };
    *last = Size::one();
    if found == shape || found == one {
        return Ok(value);
    }
    if found == shape[..shape.len() - 1] {
        return Ok(call.builder.reshape(value, one));
    }
    Err(other_shape(call, 2, &shape))
}
