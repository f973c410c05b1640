//! Means over axes: the sum divided by the number of elements. d/dx = 1 / count.

use super::call::{Build::One, Call, Method, Problem, size_value};
use super::reduce::ReduceKind;
use super::sum::{PARAMS, reduce};
use crate::graph::scalar::{arg, div};
use crate::graph::types::product;
use crate::graph::{Builder, Size, Value};

/// The mean of the elements along `axes`.
pub const METHODS: &[Method] = &[Method { name: "mean", params: PARAMS, build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let shape = call.shape(0)?;
    let axes = call.axes(1, shape.len())?;
    let sum = reduce(call, ReduceKind::Sum)?;
    let sizes: Vec<Size> = axes.iter().map(|&axis| shape[axis].clone()).collect();
    Ok(divide(call.builder, sum, &product(&sizes)))
}

/// `value / count`.
pub(super) fn divide(builder: &mut Builder, value: Value, count: &Size) -> Value {
    let count = size_value(builder, count);
    builder.map(&div(arg(0), arg(1)), &[value, count])
}
