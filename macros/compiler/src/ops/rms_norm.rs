//! Division by the root of the mean square: `x / sqrt(mean(x²) + eps) · weight` over the last axis, or over given ones.
//! PyTorch's `rms_norm`, whose default `eps` is that of `f32`, 2⁻²³.
//!
//! Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.

use super::call::{Build::One, Call, Method, Problem};
use super::layer_norm::{mean_along, normalized_axes, of_axes};
use super::{optional, tensor};
use crate::graph::scalar::{Unary, add, arg, constant, div, mul, unary};
use crate::graph::{Float, Value};

/// `x.rms_norm(axes = -1, weight, eps = f32::EPSILON)`.
pub const METHODS: &[Method] = &[Method {
    name: "rms_norm",
    params: &[tensor("x"), optional("axes"), optional("weight"), optional("eps")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let axes = normalized_axes(call, 1)?;
    let weight = of_axes(call, 2, &axes)?;
    let eps = call.float(3, Some(Float::current().epsilon()))?;
    let builder = &mut *call.builder;
    let squares = builder.map(&mul(arg(0), arg(0)), &[value]);
    let mean = mean_along(builder, squares, axes);
    let inverse = div(constant(1.0), unary(Unary::Sqrt, add(arg(0), constant(eps))));
    let inverse = builder.map(&inverse, &[mean]);
    let out = builder.map(&mul(arg(0), arg(1)), &[value, inverse]);
    Ok(match weight {
        Some(weight) => builder.map(&mul(arg(0), arg(1)), &[out, weight]),
        None => out,
    })
}
