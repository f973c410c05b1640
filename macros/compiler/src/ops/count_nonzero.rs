//! How many elements are not zero, of numbers, or hold, of a condition: `(x > 0.0).count_nonzero(axes, keepdim)`.
//!
//! The result is an `f32` tensor, exact up to 2²⁴, without a gradient. NaN is not zero.

use super::call::{Build::One, Call, Method, Problem};
use super::cast::as_element;
use super::reduce::ReduceKind;
use super::sum::{Axes, PARAMS};
use crate::graph::scalar::{Binary, arg, binary, constant, select};
use crate::graph::{ElementType, Value};

/// `x.count_nonzero(axes, keepdim)` of a tensor of any element type.
pub const METHODS: &[Method] = &[Method { name: "count_nonzero", params: PARAMS, build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let axes = Axes::read(call, 1)?;
    let builder = &mut *call.builder;
    let value = if builder.ty(value).element.is_held() {
        as_element(builder, value, ElementType::Real)
    } else {
        value
    };
    let is_zero = binary(Binary::Equal, arg(0), constant(0.0));
    let ones = builder.map(&select(is_zero, constant(0.0), constant(1.0)), &[value]);
    let count = builder.reduce(ReduceKind::Sum, ones, axes.reduced.clone());
    Ok(axes.finish(builder, count))
}
