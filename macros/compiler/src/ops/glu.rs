//! Gated linear unit: the first half along an axis times the logistic function of the second, `a sigmoid(b)`.
//!
//! d/da = s, d/db = a s (1 - s).
//! Source: Dauphin et al., "Language Modeling with Gated Convolutional Networks", 2016.

use super::call::{Build::One, Call, Method, Problem};
use super::slice::Slice;
use super::{optional, tensor};
use crate::graph::scalar::{Unary, arg, mul, unary};
use crate::graph::{Size, Value, shape_text};

/// `x.glu(axis = -1)`.
pub const METHODS: &[Method] =
    &[Method { name: "glu", params: &[tensor("x"), optional("axis")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, Some(-1), shape.len())?;
    let Some(half) = shape[axis].exact_div(&Size::literal(2)) else {
        return Err(Problem::from(format!(
            "`glu` halves axis {axis}, whose size must be even, found {}",
            shape[axis]
        ))
        .note(format!("the tensor is {}", shape_text(&shape)))
        .help("let the layer before it produce twice the features that are wanted"));
    };
    let mut sizes = shape.clone();
    sizes[axis] = half.clone();
    let mut starts = vec![Size::default(); shape.len()];
    let first = call.builder.add(Slice { starts: starts.clone(), sizes: sizes.clone() }, &[value]);
    starts[axis] = half;
    let second = call.builder.add(Slice { starts, sizes }, &[value]);
    Ok(call.builder.map(&mul(arg(0), unary(Unary::Sigmoid, arg(1))), &[first, second]))
}
