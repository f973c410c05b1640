//! Flattening: axes from `start` to `end` become one. PyTorch's `flatten`, with `start` 0 and `end` -1 by default.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::types::product;

/// `x.flatten(1)`: `[N, 16, 5, 5]` becomes `[N, 400]`.
pub const METHODS: &[Method] = &[Method {
    name: "flatten",
    params: &[tensor("x"), optional("start"), optional("end")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    if shape.is_empty() {
        return Ok(call.builder.reshape(value, vec![1.into()]));
    }
    let start = call.axis(1, Some(0), shape.len())?;
    let end = call.axis(2, Some(-1), shape.len())?;
    if start > end {
        return Err(Problem::from(format!("`flatten` starts at axis {start}, after its end {end}"))
            .at(1)
            .help("swap the two, or leave `end` out to flatten to the last axis"));
    }
    let mut flat = shape[..start].to_vec();
    flat.push(product(&shape[start..=end]));
    flat.extend_from_slice(&shape[end + 1..]);
    Ok(call.builder.reshape(value, flat))
}
