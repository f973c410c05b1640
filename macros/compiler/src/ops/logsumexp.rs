//! `ln Σ exp(x)` over axes, computed as `m + ln Σ exp(x - m)` with the largest element `m`.
//!
//! d/dx is the softmax. As in PyTorch, a row of only -∞ gives -∞, one with +∞ gives +∞, both without a gradient (NaN).

use super::call::{Build::One, Call, Method, Problem};
use super::detach::Detach;
use super::reduce::ReduceKind;
use super::sum::{Axes, PARAMS};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Unary, add, arg, binary, constant, select, sub, unary};

/// `x.logsumexp(axes, keepdim)`.
pub const METHODS: &[Method] = &[Method { name: "logsumexp", params: PARAMS, build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let axes = Axes::read(call, 1)?;
    let builder = &mut *call.builder;
    // The result does not depend on what is subtracted and added again, so no gradient passes through it.
    let max = builder.reduce(ReduceKind::Max, value, axes.reduced.clone());
    let max = builder.add(Detach, &[max]);
    // ∞ - ∞ would be NaN.
    let is_infinite = binary(Binary::Equal, unary(Unary::Abs, arg(0)), constant(f64::INFINITY));
    let shift = builder.map(&select(is_infinite, constant(0.0), arg(0)), &[max]);
    let powers = builder.map(&unary(Unary::Exp, sub(arg(0), arg(1))), &[value, shift]);
    let sum = builder.reduce(ReduceKind::Sum, powers, axes.reduced.clone());
    let out = builder.map(&add(unary(Unary::Ln, arg(0)), arg(1)), &[sum, shift]);
    Ok(axes.finish(builder, out))
}
