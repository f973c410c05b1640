//! Variance and standard deviation over axes: `Σ (x - mean)² / max(count - correction, 0)`, and its root.
//!
//! In two passes, first the mean and then the squares of the differences, so that a mean far from zero costs no digits.
//! `correction` is 1 by default, which makes the variance of a sample unbiased; 0 gives that of a population. Of a
//! single element with correction 1 the result is NaN, as in PyTorch. Where the deviation is 0 its gradient is 0.

use super::call::{Build::One, Call, Method, Problem, size_value};
use super::mean::divide;
use super::reduce::ReduceKind;
use super::sum::Axes;
use super::{Param, optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Unary, arg, binary, constant, div, mul, select, sub, unary};

const PARAMS: &[Param] = &[tensor("x"), optional("axes"), optional("keepdim"), optional("correction")];

/// `x.var(axes, keepdim, correction = 1)` and `x.std(axes, keepdim, correction = 1)`.
pub const METHODS: &[Method] = &[
    Method { name: "var", params: PARAMS, build: One(build_var) },
    Method { name: "std", params: PARAMS, build: One(build_std) },
];

fn build_var(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let axes = Axes::read(call, 1)?;
    let correction = call.float(3, Some(1.0))?;
    let builder = &mut *call.builder;
    let sum = builder.reduce(ReduceKind::Sum, value, axes.reduced.clone());
    let mean = divide(builder, sum, &axes.count());
    let difference = builder.map(&sub(arg(0), arg(1)), &[value, mean]);
    let squares = builder.map(&mul(arg(0), arg(0)), &[difference]);
    let sum = builder.reduce(ReduceKind::Sum, squares, axes.reduced.clone());
    let count = size_value(builder, &axes.count());
    let freedom = binary(Binary::Maximum, sub(arg(1), constant(correction)), constant(0.0));
    let var = builder.map(&div(arg(0), freedom), &[sum, count]);
    Ok(axes.finish(builder, var))
}

fn build_std(call: &mut Call<'_>) -> Result<Value, Problem> {
    let var = build_var(call)?;
    Ok(call.builder.map(&root(), &[var]))
}

/// `√x` with the gradient 0 at 0.
pub(super) fn root() -> crate::graph::scalar::Scalar {
    select(binary(Binary::Equal, arg(0), constant(0.0)), constant(0.0), unary(Unary::Sqrt, arg(0)))
}
